"""Loops that read a model as training does, and let its state begin anew for each item, which training does not."""

from __future__ import annotations

import ast

from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import ZEROS
from shapecheck.reading.calls import calls_in
from shapecheck.reading.sources import Loop, loops_of_line, source_of, walk

_DEPTH = 3


def begun_anew(call: Spot, backward: Spot) -> tuple[ast.For, ast.stmt] | None:
    """The loop of training, and the statement by which another loop of the file lets the state begin anew.

    The other loop goes over items of as many parts, calls the same in its own body, and makes the state new in front
    of that each time. In the loop of training nothing makes it new, be it on a condition.

    Args:
        call: The instruction that reads the model, in the function that learns.
        backward: The instruction that computes the gradients.
    """
    source = source_of(backward.code.co_filename)
    if source is None or call.code is not backward.code:
        return None
    tree, around = source.tree, loops_of_line(source, backward.line)
    own = around[0] if around else None
    if not isinstance(own, ast.For) or own not in loops_of_line(source, call.line)[:1]:
        return None
    makers = _makers(tree)
    called = {ast.unparse(item.func) for item in calls_in(own) if item.lineno <= call.line <= (item.end_lineno or 0)}
    called = {name for name in called if name in call.span.text}
    given = _given(own, called)
    if not isinstance(own.target, ast.Tuple) or any(_is_new(item, makers, given) for item in ast.walk(own)):
        return None
    for loop in (item for item in walk(tree) if isinstance(item, ast.For) and item is not own):
        if not isinstance(loop.target, ast.Tuple) or len(loop.target.elts) != len(own.target.elts):
            continue
        fresh, given = None, _given(loop, called)
        for statement in loop.body:
            if isinstance(statement, Loop):
                continue
            is_plain = fresh is None and isinstance(statement, ast.Assign | ast.Expr)
            if is_plain and any(_is_new(item, makers, given) for item in ast.walk(statement)):
                fresh = statement
            elif fresh is not None and any(ast.unparse(item.func) in called for item in calls_in(statement)):
                return own, fresh
    return None


def _given(loop: ast.For, called: set[str]) -> set[str]:
    """The names that a loop hands to what is called."""
    calls = [item for item in calls_in(loop) if ast.unparse(item.func) in called]
    return {part.id for item in calls for one in item.args for part in ast.walk(one) if isinstance(part, ast.Name)}


def _makers(tree: ast.Module) -> set[str]:
    """The methods that give an attribute nothing or zeros, or return zeros, or call one that does."""
    methods = [
        item
        for kind in walk(tree)
        if isinstance(kind, ast.ClassDef)
        for item in kind.body
        if isinstance(item, ast.FunctionDef) and item.name not in ("__init__", "forward")
    ]
    found: set[str] = set()
    for _ in range(_DEPTH):
        found |= {method.name for method in methods if any(_is_new(item, found, set()) for item in ast.walk(method))}
    return found


def _is_new(item: ast.AST, makers: set[str], given: set[str]) -> bool:
    """Whether a state is given nothing or zeros here, or a method is called that does so."""
    if isinstance(item, ast.Assign):
        target = item.targets[0]
        is_state = isinstance(target, ast.Attribute) or (isinstance(target, ast.Name) and target.id in given)
        return is_state and _is_blank(item.value)
    if isinstance(item, ast.Return):
        return isinstance(item.value, ast.Call | ast.Tuple) and _is_blank(item.value)
    if not isinstance(item, ast.Call) or not isinstance(item.func, ast.Attribute):
        return False
    is_zeroed = item.func.attr == "zero_" and isinstance(item.func.value, ast.Attribute)
    return is_zeroed or item.func.attr in makers


def _is_blank(value: ast.expr) -> bool:
    if isinstance(value, ast.Tuple):
        return all(_is_blank(part) for part in value.elts)
    if isinstance(value, ast.Call):
        return ast.unparse(value.func).rsplit(".", 1)[-1] in ZEROS
    return isinstance(value, ast.Constant) and value.value is None
