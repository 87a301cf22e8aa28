"""Whether the axis of one that a call leaves is to stay: the script drops it itself, or lays columns beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import takewhile

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import home_around, node_at, parents, source_of, statement_of, walk

_DROPS = re.compile(r"\.squeeze\(|\.view\(-1\)|\.flatten\(\)|\[:, 0\]")
_COLUMN = re.compile(r"(\.unsqueeze\((-1|1)\)|\.(view|reshape)\(-1, 1\)|\[:, None\])$")


def drops_axis(span: Span) -> bool:
    """Whether the axis of one that a call leaves is dropped right behind it."""
    source = source_of(span.file)
    behind = source.lines[span.end_line - 1][span.end_column :] if source is not None else ""
    # What an operator gives stands in brackets of its own.
    behind = behind.removeprefix(")") if isinstance(node_at(span), ast.BinOp) else behind
    return _DROPS.match(behind) is not None


def keeps_column(evidence: Evidence, span: Span) -> bool:
    """Whether the script reads the result of a call with its axis of one: drops it itself, here or later, or adds one.

    It adds one where the other side of an operation or a loss is made a column: ``mse_loss(q, target.unsqueeze(1))``.
    Where that is one already it needs none added.
    """
    node = node_at(span)
    statement = statement_of(node)
    if drops_axis(span) or statement is None or node is None:
        return True
    names = [ast.unparse(each) for each in statement.targets] if isinstance(statement, ast.Assign) else []
    named = (each for each in walk(home_around(node)) if isinstance(each, ast.Name | ast.Attribute))
    read = [each for each in named if ast.unparse(each) in names] if names else [node]
    source = source_of(span.file)
    held = held_around(evidence, source, node)
    columns = {name for name, value in held.items() if len(sizes := sizes_of(value)) == 2 and sizes[1] == 1}
    return any(_is_beside_column(each, columns) or _is_dropped(each) for each in read)


def _is_dropped(value: ast.AST) -> bool:
    """Whether the last axis of something that is made of a value is dropped, in the same statement."""
    return any(_DROPS.match(f".{each.attr}(") for each in _around(value) if isinstance(each, ast.Attribute))


def _is_beside_column(value: ast.AST, columns: set[str]) -> bool:
    for around in _around(value):
        sides = around.args if isinstance(around, ast.Call) else []
        sides = [around.left, around.right] if isinstance(around, ast.BinOp) else sides
        texts = [ast.unparse(side) for side in sides if side is not value]
        if any(text in columns or _COLUMN.search(text) for text in texts):
            return True
    return False


def _around(value: ast.AST) -> Iterator[ast.AST]:
    """What stands around an expression in its statement, from the inside out."""
    return takewhile(lambda up: not isinstance(up, ast.stmt), parents(value))
