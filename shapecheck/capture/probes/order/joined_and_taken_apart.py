"""Tokens of several kinds that were joined kind by kind, and taken apart as if they took turns."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, SELECTS
from shapecheck.findings import Fix

_HOPS = 200


def taken_apart_in_turns(step: Step) -> Iterator[Sighting]:
    """``torch.cat([r, s, a], 1)`` of t steps each, and ``out.reshape(b, t, 3, -1)[:, :, 1]`` behind some layers.

    Cut that way one kind is picked of each step, but each third token is no kind where all tokens of a kind lie
    together. Who pools so many steps in turn picks none of them.
    """
    for cut in step.all_of_loss:
        if cut.name not in CUTS | {"unflatten"} or not cut.parents or cut.spot is None:
            continue
        before, after = step.tape.shape(cut.parents[0]), cut.shapes[0]
        if len(after) != len(before) + 1 or len(before) < 3:
            continue
        for axis in (0, 1):
            if axis and before[0] != after[0]:
                continue
            size, (steps, kinds) = before[axis], after[axis : axis + 2]
            is_apart = after[axis + 2 :] == before[axis + 1 :] and steps * kinds == size
            if not is_apart or steps == kinds or min(steps, kinds) < 2 or not _is_picked(step, cut.index, axis + 1):
                continue
            joined = _joined(step, cut.parents[0], axis, steps, kinds)
            if joined is not None:
                yield _told(cut, joined, steps, kinds)
                return


def _is_picked(step: Step, cut: int, axis: int) -> bool:
    """Whether single items of an axis are all that is read, each by its number."""
    readers = step.readers(Ref(cut), to_loss=True)
    return bool(readers) and all(_picks(node, axis, len(step.node(cut).shapes[0])) for node in readers)


def _picks(node: Node, axis: int, ndim: int) -> bool:
    if node.name == "unbind":
        return axis_of(node, ndim) == axis
    if node.name not in SELECTS:
        return False
    if node.name == "select":
        return bool(node.args[1] % ndim == axis)
    parts = node.index_parts
    if Ellipsis in parts:
        return False
    return len(parts) > axis and type(parts[axis]) is int and all(part == slice(None) for part in parts[:axis])


def _joined(step: Step, ref: Ref, axis: int, steps: int, kinds: int) -> Node | None:
    """What joined as many kinds of as many steps along the axis, with layers behind it that keep the tokens apart."""
    samples = step.tape.shape(ref)[1 - axis]
    for _ in range(_HOPS):
        node = step.node(ref.node)
        shape = step.tape.shape(ref)
        if step.is_leaf(ref) or not node.parents or {*shape[:2]} != {samples, steps * kinds} or len(shape) != 3:
            return None
        if node.name == "cat":
            along, parts = axis_of(node, 3), {step.tape.shape(part) for part in node.parents}
            along = 0 if along is None and len(node.args) < 2 and not node.kwargs else along
            is_of_kinds = len(node.parents) == kinds == len({*node.parents}) and len(parts) == 1
            is_whole = along is not None and is_of_kinds and parts.pop()[along] == steps
            return node if is_whole and _are_of_kinds(step, node) else None
        if node.name in CUTS | {"flip", "roll", "__getitem__", "index_select", "gather", "stack"}:
            # In another order they may well take turns.
            return None
        ref = node.parents[0]
    return None


def _are_of_kinds(step: Step, joined: Node) -> bool:
    """Whether something made each part that had no hand in the others; pieces of one sequence are of one kind."""
    makers = [_parameters(step, part) for part in joined.parents]
    return all(own.difference(*makers[:at], *makers[at + 1 :]) for at, own in enumerate(makers))


def _parameters(step: Step, ref: Ref) -> set[Ref]:
    read = {parent for at in ancestors(step.tape, [ref], step.first) for parent in step.node(at).parents}
    return {parent for parent in read if step.node(parent.node).kind == "parameter"}


def _told(cut: Node, joined: Node, steps: int, kinds: int) -> Sighting:
    line = f" in line {cut.spot.span.line}" if cut.spot is not None else ""
    text = (
        f"{kinds} kinds of tokens, {steps} of each, are joined here kind by kind, and taken apart{line} as {steps} "
        f"groups of {kinds}: group k holds the tokens from {kinds} * k on, which are of one kind and of several steps"
    )
    title = f"torch.stack([...], 2).flatten(1, 2), or ({kinds}, {steps}) where they are taken apart"
    return sighted("axes_renamed", joined if joined.spot is not None else cut, text, (Fix(title, (), "no"),))


PROBE = Probe(
    "tokens are taken apart in the order in which they were joined",
    lambda look: taken_apart_in_turns(look.step),
)
