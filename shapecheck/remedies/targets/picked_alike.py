"""A prediction and its target of which only one is picked by a mask or by indices: the other one by the same."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Value
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, Shape, failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import node_at

CAUSE = "cut_on_one_side_only"
_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``bce(scores[mask], torch.ones_like(scores)[mask])`` where the target has the shape of all scores."""
    operation = failed(evidence, *SAME_SHAPE_LOSSES)
    item = operation.argument("input") if operation is not None else None
    target = operation.argument("target") if operation is not None else None
    if item is None or target is None:
        return []
    return [*_picked(evidence, item, target), *_picked(evidence, target, item)]


def _picked(evidence: Evidence, picked: Argument, whole: Argument) -> Iterator[Candidate]:
    node = node_at(picked.span)
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Name):
        return
    base, index = evidence.held.get(ast.unparse(node.value)), evidence.held.get(node.slice.id)
    sizes = sizes_of(base)
    if index is None or not _are_places(index, sizes) or whole.span is None or sizes_of(whole) != sizes:
        return
    if isinstance(node_at(whole.span), ast.Name | ast.Attribute | ast.Call):
        change = suffixed(whole.span, f"[{node.slice.id}]")
        yield Candidate(change.text, (change,), (), _COST)


def _are_places(index: Value, sizes: Shape) -> bool:
    """Whether an index picks single numbers: a mask of the same shape, or a row of numbers for every axis."""
    if index.kind == "tensor" and index.record is not None:
        return index.record.dtype == "bool" and index.record.shape == sizes
    return index.kind == "tuple" and len(index.items) == len(sizes) > 0
