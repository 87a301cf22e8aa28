"""A state cut along its layers by what counts samples: ``states[begin:end]`` for ``states[:, begin:end]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, index_parts, piece, takes_all
from shapecheck.reading.failing import RECURRENT, STATES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.recurrent.recurrent_calls import batch_of
from shapecheck.reading.sources import found_at, function_around, items_of, last_name, receivers, walk

_COST = 0.0
_NOT_BESIDE = "nothing beside it is cut by the same positions, and layers may have been meant"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same positions taken along the samples, which lie behind the layers in a state."""
    operation = failed(evidence, *RECURRENT)
    batch = batch_of(operation) if operation is not None else None
    if operation is None or batch is None:
        return []
    states = [item for role in STATES if (item := operand(operation, role)) is not None and item.span is not None]
    if not any(len(sizes_of(item)) == 3 and sizes_of(item)[1] != batch for item in states):
        return []
    ways = [next(_cuts(evidence, item.span), None) for item in states]
    found = dict.fromkeys(each for each in ways if each is not None)
    if not found or None in ways:
        return []
    changes = tuple(Change(index, _along_samples(index)) for index, _ in found)
    doubt = "" if all(is_beside for _, is_beside in found) else _NOT_BESIDE
    return [Candidate(f"[{changes[0].text}]", changes, (), _COST, doubt)]


def _cuts(evidence: Evidence, place: Span | None) -> Iterator[tuple[Span, bool]]:
    """The indices on the way of a state that take a run of its layers, and whether others are cut by the same run."""
    for way in spans_of(evidence, place, parts=True):
        for node in _values(expression(way.text)):
            if isinstance(node, ast.Subscript) and _is_run(node.slice):
                yield piece(way, node.slice), _is_cut_beside(way, node)


def _values(node: ast.expr | None) -> Iterator[ast.expr]:
    """An expression, what its methods and indices are of, and the same of the parts of a tuple that it makes."""
    if isinstance(node, ast.Call) and last_name(node.func) in ("tuple", "list") and len(node.args) == 1:
        node = node.args[0]
    if isinstance(node, ast.GeneratorExp | ast.ListComp):
        node = node.elt
    for each in node.elts if isinstance(node, ast.Tuple | ast.List) else [node] if node is not None else []:
        yield from receivers(each)


def _is_run(index: ast.expr) -> bool:
    """Whether an index takes a run of the first axis between two ends that are named, and all of the others."""
    first, *others = items_of(index)
    if not isinstance(first, ast.Slice) or first.step is not None or not all(map(takes_all, others)):
        return False
    ends = [each for each in (first.lower, first.upper) if each is not None]
    return any(isinstance(part, ast.Name | ast.Attribute) for end in ends for part in walk(end))


def _is_cut_beside(way: Span, state: ast.Subscript) -> bool:
    """Whether something else in the same function is cut by the same positions along its first axis."""
    source, place = found_at(way)
    if source is None or place is None:
        return False
    run = ast.unparse(items_of(state.slice)[0])
    others = (each for each in walk(function_around(place) or source.tree) if isinstance(each, ast.Subscript))
    return any(
        ast.unparse(items_of(each.slice)[0]) == run and ast.unparse(each.value) != ast.unparse(state.value)
        for each in others
        if isinstance(each.ctx, ast.Load)
    )


def _along_samples(index: Span) -> str:
    """The same run behind the layers; an index that names the features still does."""
    parts = [part.text for _, part in index_parts(index)]
    return ", ".join([":", parts[0], *parts[2:]])
