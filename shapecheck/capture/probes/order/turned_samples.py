"""Targets that were made of the inputs with the samples in another order, or with a number for each step instead."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.strands import Axes, Axis, aligned
from shapecheck.capture.instruments.axes.woven import Weave
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, DISTANCES, RECURRENT
from shapecheck.findings import Fix

_HOLDS = CLASS_LOSSES | DISTANCES | {"sub", "binary_cross_entropy", "binary_cross_entropy_with_logits"}


def turned_samples(look: Look) -> Iterator[Sighting]:
    """``(s, s.flip(0))`` in the place of ``s.flip(1)``, and ``ids[1, :] > 40`` in the place of ``ids[:, 1] > 40``.

    Which axis holds the samples is said by the layers that take it for them. Samples that meet others on purpose, as
    where they are mixed, meet them elsewhere as well.
    """
    step = look.step
    if look.before is not None:
        return
    held = {node.index: node for node in step.all_of_loss if node.name in _HOLDS and len(node.parents) > 1}
    held = {index: node for index, node in held.items() if _is_one_learned(step, node)}
    weave = look.weave
    states = [meeting for meeting in weave.meetings if meeting[0].name in RECURRENT]
    others = (meeting for meeting in weave.meetings if meeting[0].index not in held and meeting not in states)
    mixed = {origin for _, *axes in others for pair in aligned(*axes) for origin in _turned(*pair)}
    samples = {weave.first_of(origin) for origin in weave.apart} - {weave.first_of(origin) for origin in weave.walked}
    for node, one, other in (*states, *((node, *_sides(weave, node)) for node in held.values())):
        for pair in aligned(one, other):
            turned = (_turned(*pair) & samples) - mixed
            seen = _told_of_turn(step, weave, node, turned) if turned else None
            if seen is None and _is_beside(weave, samples, *pair):
                seen = _told_of_other(step, weave, node, pair)
            if seen is not None:
                yield seen
                return


def _is_one_learned(step: Step, node: Node) -> bool:
    return (node.parents[0] in step.learned) != (node.parents[1] in step.learned)


def _sides(weave: Weave, node: Node) -> tuple[Axes, Axes]:
    one, other = (weave.named(weave.of(ref)) for ref in node.parents[:2])
    return ((*one[:1], *one[2:]), other) if node.name in CLASS_LOSSES and len(one) == len(other) + 1 else (one, other)


def _turned(one: Axis, other: Axis) -> set[int]:
    """The origins that lie at one place of both, in reverse in one of them."""
    pairs = zip(one.strands, other.strands, strict=False)
    return {a.origin for a, b in pairs if (a.origin, a.step, a.size) == (b.origin, b.step, b.size) and a != b}


def _is_beside(weave: Weave, samples: set[int], one: Axis, other: Axis) -> bool:
    """Whether one has the samples there and the other the steps of the same tensor."""
    ends = one.whole, other.whole
    if ends[0] is None or ends[1] is None or ends[0].origin == ends[1].origin:
        return False
    both = {end.origin for end in ends if end is not None}
    walked = {weave.first_of(origin) for origin in weave.walked} - {weave.first_of(origin) for origin in weave.apart}
    is_of_one = any(both <= _origins(weave, source) for source in weave.step.inputs)
    return is_of_one and ends[0].origin in samples and ends[1].origin in walked


def _told_of_turn(step: Step, weave: Weave, held: Node, turned: set[int]) -> Sighting | None:
    above = ancestors(step.tape, held.parents, 0)
    for node in map(step.node, reversed(above)):
        if not node.parents or node.name not in ("flip", "roll") or node.spot is None:
            continue
        pairs = zip(weave.of(node.parents[0]), weave.of(node.ref), strict=False)
        at = [axis for axis, pair in enumerate(pairs) if {weave.first_of(o) for o in _turned(*pair)} & turned]
        if len(at) != 1:
            continue
        shape = node.shapes[0]
        text = (
            f"{node.name} of {shape} runs along axis {at[0]}, which holds the samples: with it a loss holds what is "
            "predicted of each sample against what was made of another one"
        )
        edits = other_axis(node, 1 - at[0]) if len(shape) == 2 else ()
        return sighted("rows_in_another_order", node, text, (Fix("another axis than the samples", edits, "no"),))
    return None


def _told_of_other(step: Step, weave: Weave, held: Node, pair: tuple[Axis, Axis]) -> Sighting | None:
    """What has left the steps and dropped the samples."""
    samples, steps = ({weave.first_of(origin) for origin in axis.origins} for axis in pair)
    above = ancestors(step.tape, held.parents[1:2], 0)
    for node in map(step.node, reversed(above)):
        before, behind = (_origins(weave, ref) for ref in ((*node.parents, node.ref)[0], node.ref))
        if samples <= before and not samples & behind and steps <= behind and node.spot is not None:
            text = (
                f"{node.name} of {step.tape.shape(node.parents[0])} leaves {node.shapes[0]}, one number for each step, "
                "and a loss holds it against one for each sample"
            )
            return sighted("rows_in_another_order", node, text, (Fix("the same along the other axis", (), "no"),))
    return None


def _origins(weave: Weave, ref: Ref) -> set[int]:
    return {weave.first_of(origin) for axis in weave.of(ref) for origin in axis.origins}


PROBE = Probe(
    "what is held against a prediction was made of the same sample",
    turned_samples,
    needs_no_run=True,
    turn=Turn.LAST,
)
