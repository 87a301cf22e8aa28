"""Axes that a function was told as 0 and has taken for none, since it asks whether they are true: ``if axis:``."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from types import CodeType, FrameType

from shapecheck.capture.kept import kept_by
from shapecheck.capture.recording.user_code import Spot, user_frames
from shapecheck.evidence import Span
from shapecheck.reading.sources import (
    begin_of,
    class_around,
    defaults_of,
    function_of_line,
    is_own,
    last_name,
    source_of,
    walk,
)

# What runs along the axis that it is told; 0 is one like any other to it.
RUNS_ALONG = frozenset(
    ["sum", "mean", "amax", "amin", "max", "min", "norm", "prod", "logsumexp", "std", "var", "median", "nansum",
     "nanmean", "vector_norm", "std_mean", "var_mean", "softmax", "log_softmax", "normalize", "argmax", "argmin",
     "cumsum", "cumprod", "sort", "argsort", "quantile"]
)  # fmt: skip
# These are told first which norm, or which quantile, and 0 is one that means something else.
_TOLD_HOW_FIRST = frozenset(["norm", "vector_norm", "normalize", "quantile"])


@dataclass(frozen=True, slots=True)
class Asked:
    """A test of whether an argument is true, of which one side runs along it as an axis.

    Args:
        name: The argument, or the attribute of ``self`` that keeps it.
        is_kept: Whether it is such an attribute.
        negated: Whether the test asks whether it is not true.
        begin: The line and the column where the side begins for what is not true.
        end: Where that ends.
        test: Where the test stands.
    """

    name: str
    is_kept: bool
    negated: bool
    begin: tuple[int, int]
    end: tuple[int, int]
    test: Span


class ZerosTold:
    """By the node what the function around it has asked, that was told 0."""

    def __init__(self) -> None:
        self.found: dict[int, Asked] = {}

    def see(self, index: int, name: str, spot: Spot | None, frame: FrameType | None) -> None:
        """Look at what runs along an axis, on the side for what is none.

        Args:
            index: The node.
            name: Its name.
            spot: Where it stands.
            frame: Where it was called, or what is called from there.
        """
        asked = _asked(spot.code, spot.code.co_filename) if name in RUNS_ALONG and spot is not None else ()
        around = next(user_frames(frame, 1), None) if asked else None
        if around is None or spot is None or around.f_code is not spot.code:
            return
        known, place = around.f_locals, (spot.span.line, spot.span.column)
        for one in asked:
            value = kept_by(known.get("self")).get(one.name) if one.is_kept else known.get(one.name)
            if one.begin <= place < one.end and type(value) is int and value == 0:
                self.found[index] = one


@cache
def _asked(code: CodeType, file: str) -> tuple[Asked, ...]:
    # Two functions that do the same are one code, wherever they stand.
    last = max(line or 0 for *_, line in code.co_lines())
    function = function_of_line(source_of(file), last)
    if function is None or function.name != code.co_name:
        return ()
    return tuple(
        found for item in walk(function) if isinstance(item, ast.If | ast.IfExp) for found in _of(item, function, file)
    )


def _of(item: ast.If | ast.IfExp, function: ast.FunctionDef, file: str) -> tuple[Asked, ...]:
    is_negated = isinstance(item.test, ast.UnaryOp) and isinstance(item.test.op, ast.Not)
    tested = item.test.operand if isinstance(item.test, ast.UnaryOp) else item.test
    is_kept = is_own(tested)
    if not (is_kept or isinstance(tested, ast.Name)) or not _may_be_none(tested, function):
        return ()
    sides = [*map(_nodes, (item.body, item.orelse))]
    if not sides[1] and isinstance(item, ast.If) and isinstance(item.body[-1], ast.Return):
        # What stands behind a side that returns is the other one.
        behind = [one for one in function.body if one.lineno > (item.end_lineno or item.lineno)]
        sides[1] = behind if item in function.body else []
    true, false = sides[::-1] if is_negated else sides
    if not true or not false or not any(_runs_along(call, tested) for side in true for call in walk(side)):
        return ()
    span = Span(file, *begin_of(item.test), *_end_of(item.test), ast.unparse(item.test))
    return (Asked(last_name(tested), is_kept, is_negated, begin_of(false[0]), _end_of(false[-1]), span),)


def _end_of(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def _nodes(side: list[ast.stmt] | ast.expr) -> list[ast.stmt] | list[ast.expr]:
    return [side] if isinstance(side, ast.expr) else side


def _runs_along(call: ast.AST, axis: ast.expr) -> bool:
    """Whether something runs along that axis."""
    if not isinstance(call, ast.Call) or last_name(call.func) not in RUNS_ALONG:
        return False
    named = [keyword.value for keyword in call.keywords if keyword.arg in ("dim", "axis")]
    placed = [] if last_name(call.func) in _TOLD_HOW_FIRST else call.args
    return any(ast.unparse(given) == ast.unparse(axis) for given in [*named, *placed])


def _may_be_none(tested: ast.expr, function: ast.FunctionDef) -> bool:
    """Whether None is what stands for no axis: it is the default."""
    if isinstance(tested, ast.Name):
        return _is_none_by_default(function, tested.id)
    home = class_around(function)
    begins = (item for item in home.body if isinstance(item, ast.FunctionDef)) if home is not None else ()
    begin = next((item for item in begins if item.name == "__init__"), None)
    return begin is not None and any(
        isinstance(item, ast.Assign)
        and isinstance(item.value, ast.Name)
        and any(ast.unparse(target) == ast.unparse(tested) for target in item.targets)
        and _is_none_by_default(begin, item.value.id)
        for item in walk(begin)
    )


def _is_none_by_default(function: ast.FunctionDef, name: str) -> bool:
    given = dict(defaults_of(function.args)).get(name)
    return isinstance(given, ast.Constant) and given.value is None
