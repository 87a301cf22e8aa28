"""A table that was made of a list of rows, of which there was none once: it keeps its columns without a row."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.edits import argument, suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at, home_around, last_name, node_at, walk
from shapecheck.reading.vocabulary import ARRAYS, TENSORS
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03
_MAKERS = (*TENSORS, *ARRAYS)
_READ = "its rows may have more numbers than are read of them here"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.tensor(boxes).reshape(-1, 4)`` where ``boxes`` held no row."""
    operation = failed(evidence)
    given = operation.arguments if operation is not None else ()
    return [each for item in given if sizes_of(item) == (0,) for each in _kept(evidence, item)]


def _kept(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    for span in _behind(evidence, item):
        source, call = found_at(span)
        rows = argument(span, "data", 0) if isinstance(call, ast.Call) and last_name(call.func) in _MAKERS else None
        if source is None or rows is None:
            continue
        told = {count for each in _rows(rows) if (count := _count(each)) is not None}
        read = 0 if told else _read(item)
        if len(told) == 1 or read:
            columns = told.pop() if told else read
            change = suffixed(span, f".reshape(-1, {columns})")
            trial = (Step("set_size", item.role, (0, columns)),) if item.value.kind == "tensor" else ()
            yield Candidate(change.text, (change,), trial, _COST, _READ if read else "")
        return


def _behind(evidence: Evidence, item: Argument) -> Iterator[Span]:
    if item.span is not None:
        yield from spans_behind(evidence, item.span, only_whole=True)
        known: tuple[Origin, ...] = evidence.origins.get(item.span.text, ())
        yield from (each.span for each in known)


def _rows(given: Span) -> Iterator[ast.expr]:
    """What stands for one row of a list: in a comprehension, or where it is put into the list."""
    node = node_at(given)
    if isinstance(node, ast.ListComp):
        yield node.elt
    if not isinstance(node, ast.Name):
        return
    for each in walk(home_around(node)):
        if isinstance(each, ast.Call) and ast.unparse(each.func) == f"{node.id}.append" and len(each.args) == 1:
            yield each.args[0]
        targets = [ast.unparse(one) for one in each.targets] if isinstance(each, ast.Assign) else []
        if isinstance(each, ast.Assign) and targets == [node.id] and isinstance(each.value, ast.ListComp):
            yield each.value.elt


def _count(row: ast.expr) -> int | None:
    """How many numbers a row has that is written out."""
    is_row = isinstance(row, ast.List | ast.Tuple) and not any(isinstance(each, ast.Starred) for each in row.elts)
    return len(row.elts) if is_row and isinstance(row, ast.List | ast.Tuple) and len(row.elts) > 1 else None


def _read(item: Argument) -> int:
    """One more than the last column that the function reads of a table, where it says each as a number."""
    node = node_at(item.span)
    if not isinstance(node, ast.Name):
        return 0
    found = [_column(each) for each in walk(home_around(node)) if _is_of(each, node.id)]
    columns = [each for each in found if each is not None]
    return max(columns) + 1 if columns and max(columns) > 0 else 0


def _is_of(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Subscript) and ast.unparse(node.value) == name


def _column(node: ast.AST) -> int | None:
    parts = node.slice.elts if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) else []
    last = parts[-1] if len(parts) == 2 else None
    return last.value if isinstance(last, ast.Constant) and type(last.value) is int else None
