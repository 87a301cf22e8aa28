"""One column of a table that meets one of another, while the line beside it keeps its axis: ``a[:, 2:3]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sources import found_at, home_around, parents, walk

_COST = 0.04
_EITHER = "either of the two is read with its axis elsewhere"
_ALONE = "the other column is not met by one with its axis, and the rows may be meant to go together"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The column as one of a table, ``a[:, 2:3]``, where the same function takes others of that table so."""
    found: list[Candidate] = []
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        if len(sizes_of(item)) == len(sizes_of(other)) == 1:
            found += _kept(item, other)
    return [each.doubted(_EITHER if len(found) > 1 else "") for each in found]


def _kept(item: Argument, other: Argument) -> Iterator[Candidate]:
    source, node = found_at(item.span)
    column = _column(node)
    if source is None or item.span is None or not isinstance(node, ast.Subscript) or column is None or column < 0:
        return
    base = ast.unparse(node.value)
    alike = [
        each
        for each in walk(home_around(node))
        if isinstance(each, ast.Subscript) and ast.unparse(each.value) == base and _keeps_axis(each)
    ]
    if alike:
        beside = found_at(other.span)[1]
        table = ast.unparse(beside.value) if isinstance(beside, ast.Subscript) else ""
        doubt = "" if any(_meets(each, table) for each in alike) else _ALONE
        text = f"{source.span(node.value).text}[:, {column}:{column + 1}]"
        yield Candidate(text, (Change(item.span, text),), (Step("unsqueeze", item.role, (1,)),), _COST, doubt)


def _meets(column: ast.AST, table: str) -> bool:
    """Whether a column meets one of a table in an operation."""
    up = next((up for up in parents(column) if isinstance(up, ast.BinOp | ast.Call | ast.Compare)), None)
    return any(isinstance(each, ast.Subscript) and ast.unparse(each.value) == table for each in walk(up))


def _column(node: ast.AST | None) -> int | None:
    """Which column ``a[:, 2]`` takes."""
    parts = _parts(node)
    return whole_number(parts[1]) if len(parts) == 2 and takes_all(parts[0]) else None


def _keeps_axis(node: ast.AST) -> bool:
    """Whether it is ``a[:, 0:1]``, one column with its axis, or ``a[:, 0, None]``."""
    parts = _parts(node)
    if len(parts) == 3:
        return takes_all(parts[0]) and isinstance(parts[2], ast.Constant) and parts[2].value is None
    if len(parts) != 2 or not takes_all(parts[0]) or not isinstance(parts[1], ast.Slice):
        return False
    lower, upper = (whole_number(each) for each in (parts[1].lower, parts[1].upper))
    return upper is not None and (lower or 0) + 1 == upper


def _parts(node: ast.AST | None) -> list[ast.expr]:
    return node.slice.elts if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple) else []
