"""Do the rows of what is predicted and of what is asked for belong to the same samples?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.alternatives import alternatives
from shapecheck.capture.instruments.counterparts import counts_the_same
from shapecheck.capture.instruments.padded import compared
from shapecheck.capture.instruments.separation import Moves, is_apart, probe
from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.instruments.ways import Way
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS
from shapecheck.evidence import Span
from shapecheck.findings import Fix

# More than this share of what moves with an item may move with another one only by accident: two samples of three steps
# that were interleaved share two rows of three.
_MEET = 0.75


def misaligned(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """Terms of the loss in which sample k of the prediction meets another sample's target."""
    for way in ways:
        kept: dict[int, Run] = {}
        moves = way.moves
        axis = way.apart[0] if way.apart else 0
        if not way.apart:
            # Other tokens may be fewer, and be sorted elsewhere: what compares them stays as it was.
            kept = compared(step, way.source)
            seen_apart = _kept_apart(step, way, kept)
            if seen_apart is None:
                continue
            moves = {0: seen_apart}
        size = step.tape.shape(way.source)[axis]
        for target in step.targets:
            shape = step.tape.shape(target)
            if axis >= len(shape) or shape[axis] != size or not 1 <= len(shape) <= 4:
                continue
            if not counts_the_same(step, way.source, target, axis):
                continue
            try:
                asked = probe(step, target, axis)
            except Exception:
                # A target on which the shapes depend, such as lengths.
                continue
            if not _disagree(step, moves[axis], asked):
                continue
            seen = _mended(step, way.source, target, axis, kept)
            if seen is not None:
                yield seen
                return


def _kept_apart(step: Step, way: Way, kept: dict[int, Run]) -> Moves | None:
    """What moves with each sample while all comparisons stay as they were, if that keeps the samples apart."""
    if not kept or 0 not in way.moves or step.value(way.source).is_floating_point():
        return None
    try:
        moves = probe(step, way.source, 0, kept)
    except Exception:
        return None
    return moves if is_apart(moves, [term.ref for term in step.terms]) else None


def _disagree(step: Step, moves: Moves, asked: Moves) -> bool:
    """Whether in some term, for most items, much of what moves with the input stays where the target's item moves.

    A few numbers of many may always stay as they were, where a target's item is much like another one.
    """
    for term in step.terms:
        pairs = list(zip(moves.moved, asked.moved, strict=False))
        if not pairs or not all(term.ref in one and term.ref in other for one, other in pairs):
            continue
        met = [_share(one[term.ref], other[term.ref]) for one, other in pairs]
        apart = [value < _MEET for value in met if value is not None]
        if len(apart) == len(met) and sum(apart) * 2 >= len(met):
            return True
    return False


def _share(moved: Tensor, asked: Tensor) -> float | None:
    """The share of what moved with the input that moves with the target as well."""
    if moved.shape != asked.shape or not bool(moved.any()) or not bool(asked.any()):
        return None
    return float((moved & asked).sum()) / float(moved.sum())


def _mended(step: Step, source: Ref, target: Ref, axis: int, kept: dict[int, Run]) -> Sighting | None:
    for start in (source, target):
        for index in descendants(step.tape, {start}, step.order):
            if index not in step.to_loss:
                continue
            for title, instead in _orders(step, step.node(index)):
                if _agrees(step, source, target, axis, {**kept, **instead}):
                    text = (
                        f"item k of axis {axis} of the input {step.tape.shape(source)} and item k of the target "
                        f"{step.tape.shape(target)} meet in no term of the loss: the rows come in another order"
                    )
                    fix = Fix(title, (), "call", "prediction and target of a sample meet")
                    seen = sighted("rows_in_another_order", step.node(index), text, (fix,))
                    place = _where_given_back(step, step.node(index))
                    return seen if place is None else replace(seen, span=place)
    return None


def _where_given_back(step: Step, node: Node) -> Span | None:
    """The last operation of the function of a model that sorted its rows: that is where they are to be put back."""
    if node.name not in ("__getitem__", "index_select") or node.root < 0 or node.spot is None:
        return None
    inside = [
        other
        for other in (step.node(index) for index in step.order)
        if other.root == node.root and other.spot is not None and other.spot.code is node.spot.code
    ]
    last = inside[-1] if inside and inside[-1].index in step.to_loss else None
    return last.spot.span if last is not None and last.spot is not None else None


def _orders(step: Step, node: Node) -> Iterator[tuple[str, dict[int, Run]]]:
    """Other orders that the rows could come in."""
    if node.name in CUTS:
        for other in alternatives(step, node.index):
            yield other.title, other.instead
    elif node.name == "cat" and len({step.tape.shape(parent) for parent in node.parents}) == 1:
        one = step.tape.shape(node.parents[0])
        if one and node.shapes[0] == (one[0] * len(node.parents), *one[1:]):
            yield "torch.stack(outputs, 1).flatten(0, 1)", {node.index: _interleaved}
    elif node.name in ("__getitem__", "index_select") and len(node.parents) == 2:
        index = node.parents[1]
        if node.name == "__getitem__" and step.tape.dtype(index) == torch.bool and len(step.tape.shape(index)) == 2:
            yield "pack_padded_sequence(...).data for both", {node.index: _chosen_turned}
        elif step.node(index.node).name in ("sort", "argsort") and len(step.tape.shape(index)) == 1:
            yield "out[order.argsort()], or targets[order]", {node.index: lambda rows, *_, **__: rows}


def _interleaved(parts: Sequence[Tensor], *_: Any, **__: Any) -> Tensor:
    return torch.stack(list(parts), 1).flatten(0, 1)


def _chosen_turned(values: Tensor, index: Any, **_: Any) -> Tensor:
    mask = index[0] if isinstance(index, tuple) else index
    return values.transpose(0, 1)[mask.t()]


def _agrees(step: Step, source: Ref, target: Ref, axis: int, instead: dict[int, Run]) -> bool:
    try:
        moves, asked = probe(step, source, axis, instead), probe(step, target, axis, instead)
    except Exception:
        return False
    for term in step.terms:
        for one, other in zip(moves.moved, asked.moved, strict=True):
            share = _share(one[term.ref], other[term.ref]) if term.ref in one and term.ref in other else 1.0
            # A single number may stay as it was by accident.
            if share is None or share < _MEET:
                return False
    return True


PROBE = Probe(
    "prediction and target of a sample meet",
    lambda look: misaligned(look.step, look.ways),
)
