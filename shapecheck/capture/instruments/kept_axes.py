"""Reductions that dropped an axis, of which the result then meets a tensor that still has it: each row meets all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.alternative import Alternative
from shapecheck.capture.instruments.realigned import ELEMENTWISE
from shapecheck.capture.recording.replay import Run, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, SAME_NUMBERS

_REDUCTIONS = frozenset(
    ["sum", "mean", "amax", "amin", "max", "min", "norm", "prod", "logsumexp", "std", "var", "median", "nansum",
     "nanmean", "vector_norm"]
)  # fmt: skip
_HOPS = 24


def kept_axes(step: Step, node: Node) -> Iterator[Alternative]:
    """The same with ``keepdim=True`` in every reduction that one of two operands was made of by plain arithmetic.

    Tables of all pairs are made like this on purpose: so what is held against each other may not be made of one
    another, and no axis may have been put there for it.
    """
    parents = node.parents
    if node.name not in ELEMENTWISE or len(parents) != 2 or node.spot is None or _adds_axis(node.spot.statement):
        return
    long, short = sorted(parents, key=lambda ref: -len(step.tape.shape(ref)))
    shape, rest = step.tape.shape(long), step.tape.shape(short)
    if len(shape) != len(rest) + 1 or node.shapes[0] in (shape, rest) or rest[:1] != shape[:1] or not rest:
        return
    for axis in range(1, len(shape)):
        if shape[axis] != 1 or shape[:axis] + shape[axis + 1 :] != rest:
            continue
        made = _reductions(step, short, axis)
        above = {long.node, *ancestors(step.tape, [long], step.first)}
        if made and not above & {one.index for one in made} and not _is_meant(step, long):
            alike = _alike(step, made, axis)
            for those in [made, alike] if len(alike) > len(made) else [made]:
                runs = {one.index: _keeping(one, axis) for one in those}
                yield Alternative("kept", "keepdim=True", runs, axis, axis)


def _adds_axis(statement: str) -> bool:
    return any(word in statement for word in ("None", "unsqueeze", "newaxis"))


def _reductions(step: Step, ref: Ref, axis: int) -> list[Node]:
    """All reductions along an axis that a tensor was made of; none if something else of its shape had a part in it."""
    shape = step.tape.shape(ref)
    found: dict[int, Node] = {}
    open_refs, seen = [ref], {ref}
    while open_refs:
        at = open_refs.pop()
        node = step.node(at.node)
        if len(seen) > _HOPS or step._is_leaf(at):
            return []
        if node.name in _REDUCTIONS and _drops(step, node, axis):
            found[node.index] = node
            continue
        mine = [parent for parent in node.parents if step.tape.shape(parent) == shape]
        if not mine or any(step.tape.shape(parent) not in (shape, ()) for parent in node.parents):
            return []
        open_refs += [parent for parent in mine if parent not in seen]
        seen |= {*mine}
    return [found[index] for index in sorted(found)]


def _alike(step: Step, made: list[Node], axis: int) -> list[Node]:
    """All reductions in the same function that drop the same axis of tensors of the same shape, as a denominator is."""
    codes = {one.spot.code for one in made if one.spot is not None}
    shapes = {step.tape.shape(one.parents[0]) for one in made}
    nodes = [step.node(index) for index in step.order if index in step.to_loss]
    nodes = [node for node in nodes if node.name in _REDUCTIONS and node.spot is not None and node.spot.code in codes]
    return [node for node in nodes if _drops(step, node, axis) and step.tape.shape(node.parents[0]) in shapes]


def _drops(step: Step, node: Node, axis: int) -> bool:
    if not node.parents or node.kwargs.get("keepdim") or any(item is True for item in node.args[2:]):
        return False
    shape = step.tape.shape(node.parents[0])
    given = node.kwargs.get("dim", node.kwargs.get("axis"))
    if given is None:
        # The order of the norm stands in front of its axis.
        plain = [item for item in node.args[1:] if isinstance(item, int | tuple | list)]
        given = plain[-1] if plain else None
    if isinstance(given, tuple | list) and len(given) == 1:
        given = given[0]
    if not isinstance(given, int) or not -len(shape) <= given < len(shape) or given % len(shape) != axis:
        return False
    return shape[:axis] + shape[axis + 1 :] == node.shapes[0]


def _is_meant(step: Step, long: Ref) -> bool:
    """Whether somebody saw to it that there is an axis of one: by adding it, or by asking a reduction to keep it."""
    ref = long
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if step._is_leaf(ref) or not node.parents:
            return False
        if node.name in _REDUCTIONS:
            return True
        before = step.tape.shape(node.parents[0])
        if node.name in SAME_NUMBERS | CUTS and len(before) < len(node.shapes[0]):
            return True
        same = [parent for parent in node.parents if step.tape.shape(parent) == step.tape.shape(long)]
        if not same:
            return node.name in ("t", "T", "mT", "transpose", "permute")
        ref = same[0]
    return True


def _keeping(node: Node, axis: int) -> Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        out = node.function(*args, **kwargs)  # type: ignore[misc]
        if isinstance(out, Tensor):
            return out.unsqueeze(axis)
        return type(out)([item.unsqueeze(axis) for item in out])

    return run


__all__ = ["kept_axes"]
