"""An empty array or tensor to which parts are joined, made with other axes than the parts have."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Origin, Span
from shapecheck.reading.edits import call_of, expression, piece, whole_number
from shapecheck.reading.failing import Shape, failed, says
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, last_name, source_of, walk

_COST = 0.03
_READ = "its columns are read elsewhere, and the parts may be meant to have some"
_COLUMNS = "it is begun with so many columns, and the parts may be what lacks them"
_MAKERS = ("empty", "zeros", "ones")
# What numpy says of two arrays: how many axes each has, or their sizes along one.
_AXES = r"at index (\d+) has (\d+) dimension\(s\) and the array at index (\d+) has (\d+) dimension"
_SIZES = r"along dimension (\d+), the array at index (\d+) has size (\d+) and the array at index (\d+) has size (\d+)"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The beginning with the axes of what is joined to it: ``np.empty(0)``, ``torch.empty(0, 3)``."""
    operation = failed(evidence, *JOINS, "vstack")
    if operation is None:
        return []
    parts = _parts(operation)
    return [
        candidate
        for at, part in enumerate(parts)
        for made in trace(evidence, part)[:1]
        for sizes in [_empty(made)]
        if sizes is not None and len(parts) == 2
        for wanted in [_wanted(evidence, operation, at, parts[1 - at], sizes)]
        if wanted is not None and wanted != sizes
        for candidate in _begun(made, part, sizes, wanted)
    ]


def _parts(operation: Operation) -> list[Span]:
    """The items of the list that is joined, as they are written."""
    given = operation.arguments[0].span if operation.arguments else None
    node = expression(given.text) if given is not None else None
    return [piece(given, each) for each in node.elts] if given and isinstance(node, ast.List | ast.Tuple) else []


def _empty(made: Origin) -> Shape | None:
    """The shape of what is made without a single row."""
    call = call_of(made.span)
    if call is None or last_name(call.func) not in _MAKERS or not call.args:
        return None
    first = call.args[0]
    given = first.elts if len(call.args) == 1 and isinstance(first, ast.Tuple | ast.List) else call.args
    sizes = [whole_number(each) for each in given]
    # Another size than the rows may be a name: it is told anew.
    return tuple(-1 if each is None else each for each in sizes) if sizes[:1] == [0] else None


def _wanted(evidence: Evidence, operation: Operation, at: int, other: Span, sizes: Shape) -> Shape | None:
    """The shape of a beginning for parts as the one that it was to be joined with."""
    known = [sizes_of(each) for each in operation.arguments if each.span == other and each.value.record is not None]
    if known and known[0]:
        return (0, *known[0][1:])
    axes, told = says(evidence, _AXES), says(evidence, _SIZES)
    if axes is not None:
        counts = {int(axes.group(1)): int(axes.group(2)), int(axes.group(3)): int(axes.group(4))}
        return (0,) if counts.get(1 - at) == 1 else None
    if told is not None and told.group(1) == "1" and len(sizes) == 2:
        rows = {int(told.group(2)): int(told.group(3)), int(told.group(4)): int(told.group(5))}
        return (0, rows[1 - at]) if rows.get(1 - at) else None
    return None


def _begun(made: Origin, part: Span, sizes: Shape, wanted: Shape) -> Iterator[Candidate]:
    call, source = call_of(made.span), source_of(made.span.file)
    if call is None or source is None:
        return
    told = ", ".join(map(str, wanted))
    first, last = piece(made.span, call.args[0]), piece(made.span, call.args[-1])
    place = Span(first.file, first.line, first.column, last.end_line, last.end_column)
    is_tuple = len(call.args) == 1 and len(wanted) > 1
    doubt = _READ if len(wanted) < len(sizes) and _reads_columns(source, part.text) else ""
    # A single column is what is written where nobody thought of columns.
    doubt = doubt or ("" if sizes[1:] in ((), (1,)) else _COLUMNS)
    yield Candidate(
        f"{made.expression} begun as ({told})", (Change(place, f"({told})" if is_tuple else told),), (), _COST, doubt
    )


def _reads_columns(source: Source, name: str) -> bool:
    """Whether an index with several parts is put behind a name somewhere."""
    return any(
        isinstance(each, ast.Subscript) and ast.unparse(each.value) == name and isinstance(each.slice, ast.Tuple)
        for each in walk(source.tree)
    )
