"""Reductions that dropped an axis, of which the result then meets a tensor that still has it: each row meets all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from shapecheck.capture.instruments.axes.realigned import SPREADING
from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, edited, keeping, reduced_axes, without
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, EQUALS, SAME_NUMBERS
from shapecheck.findings import Fix

MEETS = (
    SPREADING
    | EQUALS
    | {"gt", "lt", "ge", "le", "bitwise_and", "bitwise_or", "logical_and", "logical_or"}
    | {"pow", "minimum", "maximum", "min", "max"}
)
_HOPS = 24
_OUTCOME = "each sample keeps to itself"


def kept_axes(step: Step, node: Node) -> Iterator[Alternative]:
    """The same with ``keepdim=True`` in every reduction that one of two operands was made of by plain arithmetic.

    Tables of all pairs are made like this on purpose: so what is held against each other may not be made of one
    another there, and no axis may have been put there for it.
    """
    parents = node.parents
    if node.name not in MEETS or len(parents) != 2 or node.spot is None or _adds_axis(node.spot.statement):
        return
    long, short = sorted(parents, key=lambda ref: -len(step.tape.shape(ref)))
    shape, rest = step.tape.shape(long), step.tape.shape(short)
    if len(shape) <= len(rest) or not rest:
        return
    is_table = node.shapes[0] not in (shape, rest) and rest[:1] == shape[:1] and len(shape) == len(rest) + 1
    if node.shapes[0] != shape and not (is_table and node.name in SPREADING):
        return
    for axes in combinations(range(1, len(shape)), len(shape) - len(rest)):
        if without(shape, axes) != rest or (is_table and shape[axes[0]] != 1):
            continue
        made = _reductions(step, short, axes)
        if not is_table and any(step.tape.shape(one.parents[0]) != shape for one in made):
            # A number for each sample of something else, which is moved where it is read.
            continue
        above = {long.node, *ancestors(step.tape, [long], step.first)}
        if made and not (is_table and (above & {one.index for one in made} or _is_meant(step, long))):
            alike = _alike(step, made, axes)
            for those in [made, alike] if len(alike) > len(made) else [made]:
                runs = {one.index: keeping(one, axes) for one in those}
                yield Alternative("kept", "keepdim=True", runs, axes[0], axes[0])


def told_of_reductions(step: Step, node: Node, other: Alternative) -> Sighting:
    """What is said of reductions that lost an axis, at the first of them."""
    first, *rest = [step.node(index) for index in sorted(other.instead)]
    shapes = " and ".join(str(step.tape.shape(parent)) for parent in node.parents)
    line = f" in line {node.spot.span.line}" if node.spot is not None else ""
    spread = "" if node.shapes[0] in map(step.tape.shape, node.parents) else f" and spread to {node.shapes[0]}"
    whole = step.tape.shape(first.parents[0])
    text = (
        f"{first.name} of {whole} leaves {first.shapes[0]}; then {shapes} meet{line}{spread}, "
        "which holds each sample with every other one"
    )
    fix = Fix(other.title, edited(dict.fromkeys([first, *rest])), "call", _OUTCOME)
    return sighted("axis_lost_by_reduction", first, text, (fix, *_without_axis(step, node, other)))


def _without_axis(step: Step, node: Node, other: Alternative) -> tuple[Fix, ...]:
    """The longer one without its axis of one, where the two meet: the same numbers as if the shorter one had it."""
    long = max(range(len(node.parents)), key=lambda at: len(step.tape.shape(node.parents[at])))
    axis = other.old
    if not isinstance(axis, int) or step.tape.shape(node.parents[long])[axis] != 1:
        return ()
    edits = with_call(node, long, f".squeeze({axis})")
    return (Fix(f"squeeze({axis}) where they meet", edits, "no", _OUTCOME),) if edits else ()


def _adds_axis(statement: str) -> bool:
    return any(word in statement for word in ("None", "unsqueeze", "newaxis"))


def _reductions(step: Step, ref: Ref, axes: tuple[int, ...]) -> list[Node]:
    """All reductions along some axes that a tensor was made of; none if anything else of its shape has part in it."""
    shape = step.tape.shape(ref)
    found: dict[int, Node] = {}
    open_refs, seen = [ref], {ref}
    while open_refs:
        at = open_refs.pop()
        node = step.node(at.node)
        if len(seen) > _HOPS or step.is_leaf(at):
            return []
        if node.name in REDUCTIONS and _drops(step, node, axes):
            found[node.index] = node
            continue
        mine = [parent for parent in node.parents if step.tape.shape(parent) == shape]
        if not mine or any(step.tape.shape(parent) not in (shape, ()) for parent in node.parents):
            return []
        open_refs += [parent for parent in mine if parent not in seen]
        seen |= {*mine}
    return [found[index] for index in sorted(found)]


def _alike(step: Step, made: list[Node], axes: tuple[int, ...]) -> list[Node]:
    """All reductions in the same function that drop the same axes of tensors of the same shape, as a denominator is."""
    codes = {one.spot.code for one in made if one.spot is not None}
    shapes = {step.tape.shape(one.parents[0]) for one in made}
    nodes = step.of_loss
    nodes = [node for node in nodes if node.name in REDUCTIONS and node.spot is not None and node.spot.code in codes]
    return [node for node in nodes if _drops(step, node, axes) and step.tape.shape(node.parents[0]) in shapes]


def _drops(step: Step, node: Node, axes: tuple[int, ...]) -> bool:
    return reduced_axes(step, node) == axes and without(step.tape.shape(node.parents[0]), axes) == node.shapes[0]


def _is_meant(step: Step, long: Ref) -> bool:
    """Whether somebody saw to it that there is an axis of one: by adding it, or by asking a reduction to keep it."""
    ref = long
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if step.is_leaf(ref) or not node.parents:
            return False
        if node.name in REDUCTIONS:
            return True
        before = step.tape.shape(node.parents[0])
        if node.name in SAME_NUMBERS | CUTS and len(before) < len(node.shapes[0]):
            return True
        same = [parent for parent in node.parents if step.tape.shape(parent) == step.tape.shape(long)]
        if not same:
            return node.name in ("t", "T", "mT", "transpose", "permute")
        ref = same[0]
    return True
