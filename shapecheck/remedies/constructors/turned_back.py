"""Maps that are turned back behind a norm of features, and were not turned in front of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.sources import function_around, last_name, node_at, walk
from shapecheck.remedies.moves import put_behind

_COST = 0.05


def there_alone(evidence: Evidence, item: Argument, count: int) -> Iterator[Candidate]:
    """``permute(0, 2, 3, 1)`` in front of a norm, where the function goes the way back itself.

    Args:
        evidence: The problem.
        item: What the norm was given, its features second.
        count: How many axes that has.
    """
    home = function_around(node_at(item.span)) if item.span is not None else None
    if home is None or item.span is None:
        return
    back, there = (0, count - 1, *range(1, count - 1)), (0, *range(2, count), 1)
    behind = [turn for line, turn in _turns(home) if line > item.span.end_line]
    before = [turn for line, turn in _turns(home) if line <= item.span.end_line]
    if back in behind and there not in before:
        text = ".transpose(1, 2)" if count == 3 else f".permute{there}"
        step = Step("permute", item.role, there)
        yield from put_behind(evidence, item, text, [step], cost=_COST)


def _turns(home: ast.FunctionDef) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The orders of axes in a function, of three axes also those that are two exchanged, and their lines."""
    for node in walk(home):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not _is_factor(node):
            given = ", ".join(ast.unparse(each).strip("()") for each in node.args)
            if node.func.attr == "permute" and re.fullmatch(r"\d(, \d)+", given):
                yield node.end_lineno or node.lineno, tuple(map(int, given.split(", ")))
            elif node.func.attr == "transpose" and given in ("1, 2", "2, 1", "1, -1", "-1, 1", "-1, -2", "-2, -1"):
                yield node.end_lineno or node.lineno, (0, 2, 1)


def _is_factor(node: ast.Call) -> bool:
    """Whether it is turned for a product of matrices alone: scores of keys are no way back."""
    up = getattr(node, "parent", None)
    is_called = isinstance(up, ast.Call) and last_name(up.func) in ("matmul", "bmm", "einsum", "baddbmm")
    return is_called or (isinstance(up, ast.BinOp) and isinstance(up.op, ast.MatMult))
