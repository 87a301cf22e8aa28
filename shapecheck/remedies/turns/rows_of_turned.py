"""Rows picked out of what a function was given, which have another number of features than is written there: turned."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.sources import function_around, items_of, node_at, source_of
from shapecheck.reading.ways_back import way_of

CAUSE = "features_not_last"
_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``sample(cloud.transpose(1, 2))`` where the function writes ``xyz[rows, far].view(B, 1, 3)``."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input") if operation is not None else None
    return list(_turned(evidence, operation, item)) if operation is not None and item is not None else []


def _turned(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    written = asked_sizes(operation)
    numbers = [size for each in written if (size := number_of(each)) is not None]
    base = _picked_from(evidence, item)
    if base is None or evidence.user_frame is None or len(numbers) != len(written) or not sizes_of(item):
        return
    held, wide, want = evidence.user_frame.names.get(base.text), sizes_of(item)[-1], numbers[-1]
    sizes = held.record.shape if held is not None and held.record is not None else ()
    if want < 2 or wide == want or sizes[-1:] != (wide,) or sizes.count(want) != 1 or -1 in numbers[1:]:
        return
    axis, last = sizes.index(want), len(sizes) - 1
    rows = prod(sizes_of(item)[:-1])
    rest = prod(numbers[:-1])
    given = next(iter(evidence.chains.get(base, ())), None)
    # The samples stay where they are.
    if axis and given is not None and (rest == rows or rest < 0) and _is_argument(node_at(given.span)):
        change = suffixed(given.span, f".transpose({axis}, {last})")
        yield Candidate(change.text, (change,), (), _COST)


def _picked_from(evidence: Evidence, item: Argument) -> Span | None:
    """The parameter of which an operand is some rows, with all the features of each."""
    for span in way_of(evidence, item.span):
        node, source = node_at(span), source_of(span.file)
        if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
            continue
        parts = items_of(node.slice)
        home = function_around(node)
        names = {each.arg for each in home.args.args} if home is not None else set()
        is_whole = isinstance(parts[-1], ast.Slice) or len(parts) < _AXES
        return source.span(node.value) if node.value.id in names and is_whole and source is not None else None
    return None


# Samples, points, features: an index of two leaves the features.
_AXES = 3


def _is_argument(node: ast.AST | None) -> bool:
    return isinstance(getattr(node, "parent", None), ast.Call)
