"""Samples that are mixed with other ones of their batch, and labels with those of others than these."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.steps.asked import compared
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS, COPIES, CUTS, TAKES_ROWS
from shapecheck.findings import Edit, Fix

_ORDER = "randperm"
_SHARES = frozenset(["sub", "rsub", *AXES_OF_ONE, *CUTS, *COPIES, *CONVERTS])
_LEAST = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Picked:
    """Rows in an order that was drawn.

    Args:
        node: What picks them.
        whole: The rows as they were.
        order: The draw.
        mixture: What was made of both, row by row; the picked rows themselves if they were not mixed.
        shares: By what both were mixed: tensors, or numbers of the script's.
    """

    node: Node
    whole: Ref
    order: int
    mixture: Ref
    shares: frozenset[Ref | float]


def mixed_apart(step: Step, first: int) -> Iterator[Sighting]:
    """``a * x + (1 - a) * x[p]`` beside ``a * y + (1 - a) * y[q]``, where ``p`` and ``q`` were drawn one by one.

    By the same shares both are mixed, so a share is that of one partner; and the loss may weigh labels instead of
    mixing them. Rows that are drawn for something else, as a pair that is none, are mixed with nothing.

    Args:
        step: The step.
        first: The node behind the loss of the step before.
    """
    picks = list(_picked(step, first))
    if len({pick.order for pick in picks}) < 2:
        return
    given = set(ancestors(step.tape, [ref for root in step.roots for ref in root.inputs], first))
    met = [node.parents for node in step.all_of_loss if node.root < 0 and step.learned & set(node.parents)]
    asked = set(ancestors(step.tape, [ref for refs in met for ref in refs if ref not in step.learned], first))
    for one in picks:
        if not one.shares or one.mixture.node not in given or one.mixture.node in asked:
            continue
        for other in picks:
            if other.order == one.order or other.mixture.node not in asked or other.mixture.node in given:
                continue
            if step.tape.shape(one.whole)[0] != step.tape.shape(other.whole)[0] or any(
                pick.order in (one.order, other.order) and pick not in (one, other) for pick in picks
            ):
                continue
            if one.shares & other.shares or _is_asked_twice(step, other):
                yield _told(step, one, other)
                return


def _picked(step: Step, first: int) -> Iterator[_Picked]:
    """The rows that are picked in an order that was drawn, all of them."""
    for node in step.tape.nodes[first : step.last]:
        if node.name not in TAKES_ROWS or len(node.parents) != 2:
            continue
        whole, by = node.parents
        made = origin(step.tape, by, CONVERTS)[1]
        if made.name == _ORDER and step.tape.shape(whole) == node.shapes[0] and node.shapes[0][0] >= _LEAST:
            mixture, shares = _mixed(step, node, whole)
            yield _Picked(node, whole, made.index, mixture, frozenset(shares))


def _mixed(step: Step, pick: Node, whole: Ref) -> tuple[Ref, set[Ref | float]]:
    """What picked rows and those that they are picked from are mixed to, and by what."""
    behind = step.tape.nodes[pick.index + 1 : step.last]
    products = [node for node in behind if node.name == "mul" and pick.ref in node.parents]
    for total in behind:
        if total.name == "lerp" and {pick.ref, whole} <= set(total.parents):
            return total.ref, {share for item in total.args[2:] if (share := _share(step, item)) is not None}
        for product in products if total.name == "add" else ():
            beside = [step.node(ref.node) for ref in total.parents if ref != product.ref]
            is_mix = product.ref in total.parents and len(beside) == 1 and beside[0].name == "mul"
            if is_mix and whole in beside[0].parents:
                return total.ref, {*_factors(step, product, pick.ref), *_factors(step, beside[0], whole)}
    return pick.ref, set()


def _factors(step: Step, product: Node, but: Ref) -> Iterator[Ref | float]:
    for item in product.args:
        share = None if item == but else _share(step, item)
        if share is not None:
            yield share


def _share(step: Step, item: object) -> Ref | float | None:
    if isinstance(item, Ref):
        return origin(step.tape, item, _SHARES, is_alone=True)[0]
    return round(float(item), 9) if isinstance(item, int | float) else None


def _is_asked_twice(step: Step, pick: _Picked) -> bool:
    """Whether a prediction is held against the picked rows, and against those that they are picked from."""
    against: dict[Ref, set[Ref]] = {}
    for _, predicted, target, _ in compared(step):
        against.setdefault(predicted, set()).add(origin(step.tape, target, CONVERTS)[0])
    whole = origin(step.tape, pick.whole, CONVERTS)[0]
    return any({pick.node.ref, whole} <= targets for targets in against.values())


def _told(step: Step, given: _Picked, asked: _Picked) -> Sighting:
    line = given.node.spot.line if given.node.spot is not None else 0
    rows = step.tape.shape(given.whole)[0]
    text = (
        f"the inputs are mixed with their rows in one random order (line {line}), and the labels with theirs in "
        f"another one: each of the {rows} mixed labels belongs to another pair than the mixed input"
    )
    fix = Fix("one order for both: x[order], y[order]", _edits(given, asked), "no")
    return sighted("mixed_with_others", asked.node, text, (fix,))


def _edits(given: _Picked, asked: _Picked) -> tuple[Edit, ...]:
    """The edit that picks the labels by the order that the samples were picked by, where that has a name."""
    one, other = (node_at(pick.node, ast.Subscript) for pick in (given, asked))
    spots = given.node.spot, asked.node.spot
    if not isinstance(one, ast.Subscript) or not isinstance(other, ast.Subscript) or None in spots:
        return ()
    is_here = spots[0].code is spots[1].code and spots[0].line <= spots[1].line  # type: ignore[union-attr]
    if not is_here or not isinstance(one.slice, ast.Name):
        return ()
    return replaced_text(spots[1].code.co_filename, other.slice, one.slice.id)  # type: ignore[union-attr]


PROBE = Probe(
    "labels are mixed with those of the same samples as the inputs",
    lambda look: mixed_apart(look.step, look.before.loss.node + 1 if look.before is not None else 0),
)
