"""Whether a script asks for sizes on the way to an operation, and goes another way where there is one sample only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.recording.user_code import Spot, tree_of
from shapecheck.reading.sources import walk

_SIZES = frozenset(["dim", "ndim", "ndimension", "size", "shape", "len", "numel"])


def asks_for_sizes(spot: Spot) -> bool:
    """Whether a branch in the functions on the way reads sizes: a second run of the same operations takes none anew."""
    at: Spot | None = spot
    while at is not None:
        if any(_names(test) & _SIZES for test in _tests(at)):
            return True
        at = at.caller
    return False


def _tests(spot: Spot) -> Iterator[ast.expr]:
    """The conditions of the function around a place, or of the outermost loop around it where there is none."""
    tree = tree_of(spot.code.co_filename)
    around = [node for node in walk(tree) if _is_around(node, spot.line)]
    functions = [node for node in around if isinstance(node, ast.FunctionDef)]
    loops = [node for node in around if isinstance(node, ast.For)]
    for owner in loops[:1] if spot.code.co_name == "<module>" else functions[-1:]:
        yield from (node.test for node in ast.walk(owner) if isinstance(node, ast.If | ast.IfExp | ast.Assert))


def _is_around(node: ast.AST, line: int) -> bool:
    return isinstance(node, ast.FunctionDef | ast.For) and node.lineno <= line <= (node.end_lineno or 0)


def _names(test: ast.expr) -> set[str]:
    return {getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(test)}
