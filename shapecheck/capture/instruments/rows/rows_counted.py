"""Where a script counts the rows of what an operation gives, or goes over them, by the name that it has there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.named_sizes import axis_spelt, stores_between
from shapecheck.capture.instruments.tensors.names import assigned
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.user_code import Spot, expression_at, statement_at, tree_of
from shapecheck.capture.recording.vocabulary import CONVERTS, SAME_NUMBERS
from shapecheck.reading.sources import Loop, function_of_line, is_named, source_of, under_methods

_SIZES = frozenset(["len", "size", "shape", "ndim", "dim", "numel", "nelement"])
_HANDS_ON = frozenset(["tolist", "cpu", "numpy", "detach"])
# Of a sample alone these may make a row again.
_RECUTS = SAME_NUMBERS - CONVERTS
# What is put into a list, one by one or all at once.
_GROWS = frozenset(["append", "extend"])


def rows_counted(step: Step, node: Node) -> tuple[str, int] | None:
    """The text and the line of ``len(x)`` that is added up, or of a loop over ``x`` that fills a list or counts.

    The name may be given to what is made of each number by itself, in the function of the model and in those around it.
    """
    for one in _number_by_number(step, node):
        for spot, given in _given(step, one):
            found = _counted_behind(spot, given)
            if found is not None:
                return ast.unparse(found), found.lineno
    return None


def tells_sizes_apart(file: str, line: int) -> bool:
    """Whether the innermost loop around a line, or else the function, goes by a size: it may see to a sample alone."""
    around: ast.AST | None = function_of_line(source_of(file), line) or tree_of(file)
    for item in ast.walk(around) if around is not None else ():
        # What is further in comes later.
        if isinstance(item, Loop) and item.lineno <= line <= (item.end_lineno or item.lineno):
            around = item
    for item in ast.walk(around) if around is not None else ():
        test = item if isinstance(item, ast.Compare) else getattr(item, "test", None)
        if isinstance(test, ast.expr) and any(_is_size(part) for part in ast.walk(test)):
            return True
    return False


def _number_by_number(step: Step, node: Node) -> Iterator[Node]:
    """An operation, and what is made of each of its numbers without another tensor that has several."""
    reached = {node.ref}
    yield node
    for other in map(step.node, range(node.index + 1, step.last)):
        mine = [ref for ref in other.parents if ref in reached]
        rest = [ref for ref in other.parents if ref not in reached and step.tape.shape(ref)]
        if mine and not rest and other.shapes == node.shapes and other.name not in _RECUTS:
            reached.add(other.ref)
            yield other


def _given(step: Step, node: Node) -> Iterator[tuple[Spot, ast.expr]]:
    """The expression that an operation is, and the calls that return it."""
    spot = node.spot
    while spot is not None:
        value = expression_at(spot, ast.expr)
        if not isinstance(value, ast.expr):
            return
        yield spot, value
        statement = statement_at(spot.code.co_filename, spot.line, spot.span.column)
        if not isinstance(statement, ast.Return) or statement.value is not value:
            return
        root = step.tape.roots[node.root] if node.root >= 0 else None
        is_out = root is not None and node.ref in root.outputs
        spot = root.spot if root is not None and is_out else spot.caller


def _counted_behind(spot: Spot, given: ast.expr) -> ast.expr | None:
    file = spot.code.co_filename
    statement = statement_at(file, spot.line, spot.span.column)
    names = assigned(statement)
    if statement is None or len(names) != 1 or getattr(statement, "value", None) is not given:
        return None
    around = function_of_line(source_of(file), spot.line) or tree_of(file)
    for item in ast.walk(around) if around is not None else ():
        line = getattr(item, "lineno", 0)
        if line <= spot.line or stores_between(file, statement.end_lineno or spot.line, line + 1, names[0]):
            continue
        found = _counted_in(item, names[0])
        if found is not None and not tells_sizes_apart(file, line):
            return found
    return None


def _counted_in(item: ast.AST, name: str) -> ast.expr | None:
    """What in a statement counts the first axis of a name."""
    if isinstance(item, ast.For) and _is_rows_of(item.iter, name):
        return item.iter if any(_grows(part) for part in item.body) else None
    if isinstance(item, ast.Expr | ast.AugAssign) and _grows(item):
        value = item.value if isinstance(item, ast.AugAssign) else item.value.args[0]  # type: ignore[attr-defined]
        if isinstance(value, ast.ListComp) and len(value.generators) == 1:
            return value if _is_rows_of(value.generators[0].iter, name) and not value.generators[0].ifs else None
    if not isinstance(item, ast.AugAssign) or not isinstance(item.op, ast.Add):
        return None
    parts = [*ast.walk(item.value)]
    if any(isinstance(part, ast.IfExp) for part in parts):
        return None
    return next((part for part in parts if isinstance(part, ast.expr) and _is_first_size(part, name)), None)


def _grows(item: ast.stmt) -> bool:
    """Whether a statement adds to something, or to a list."""
    if isinstance(item, ast.AugAssign):
        return isinstance(item.op, ast.Add)
    call = item.value if isinstance(item, ast.Expr) else None
    return isinstance(call, ast.Call) and getattr(call.func, "attr", "") in _GROWS and len(call.args) == 1


def _is_rows_of(value: ast.expr, name: str) -> bool:
    """``x``, ``x.tolist()`` and the like."""
    rows = under_methods(value, _HANDS_ON)
    return is_named(rows, name)


def _is_size(part: ast.AST) -> bool:
    return getattr(part, "attr", getattr(part, "id", "")) in _SIZES


def _is_first_size(part: ast.expr, name: str) -> bool:
    """``x.size(0)``, ``x.shape[0]`` or ``len(x)``."""
    if isinstance(part, ast.Call) and is_named(part.func, "len"):
        return [ast.unparse(item) for item in part.args] == [name]
    return axis_spelt(part) == (name, 0)
