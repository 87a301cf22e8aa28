"""Means and deviations that an object keeps of some data for others, and that were taken for each of their rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import argument
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.sources import Source, class_around, function_around, is_own, node_at, source_of, walk
from shapecheck.reading.vocabulary import LIBRARIES

_COST = 0.02
_ROWS = "each row may as well be a feature, with its own number for all that it holds"
_REDUCED = ("mean", "std", "var", "min", "max", "amin", "amax", "median")


def candidates(evidence: Evidence) -> list[Candidate]:
    """One number for each column, which other rows have as well."""
    operation = failed(evidence, *ELEMENTWISE)
    items = operation.arguments if operation is not None else ()
    if len(items) != 2 or {len(sizes_of(each)) for each in items} != {1, 2}:
        return []
    kept, rows = sorted(items, key=lambda each: len(sizes_of(each)))
    count, width = sizes_of(rows)
    if sizes_of(kept) == (width,):
        return []
    # Rows are as many as there are samples at hand, and many more than what is known of each.
    doubt = _ROWS if sizes_of(kept) == (count,) and count < 2 * width else ""
    return list(_by_columns(kept, doubt))


def _by_columns(kept: Argument, doubt: str) -> Iterator[Candidate]:
    source = source_of(kept.span.file) if kept.span is not None else None
    node = node_at(kept.span)
    owner, reader = class_around(node), function_around(node)
    if source is None or owner is None or not isinstance(node, ast.Attribute) or ast.unparse(node.value) != "self":
        return
    for method in (each for each in owner.body if isinstance(each, ast.FunctionDef) and each is not reader):
        made = [pair for each in walk(method) for pair in values_given(each)]
        if any(ast.unparse(target) == ast.unparse(node) for target, _ in made):
            changes = [way for target, value in made if is_own(target) for way in _axes(source, value)]
            if changes:
                title = f"axis 0 for {', '.join(ast.unparse(target) for target, _ in made if is_own(target))}"
                yield Candidate(title, tuple(changes), (), _COST, doubt)
            return


def _axes(source: Source, value: ast.expr) -> Iterator[Change]:
    """The axis of a reduction along the columns."""
    for call in walk(value):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _REDUCED:
            span, at = source.span(call), 1 if ast.unparse(call.func.value) in LIBRARIES else 0
            along = argument(span, "axis", at) or argument(span, "dim", at)
            if along is not None and along.text in ("1", "-1"):
                yield Change(along, "0")
