"""Which names a user's function gives, and which of them it reads."""

from __future__ import annotations

import ast
from functools import lru_cache

from torch import nn

from shapecheck.capture.recording.user_code import Spot, tree_of
from shapecheck.reading.sources import is_named, walk


def is_mentioned(module: nn.Module, at: int, count: int) -> bool:
    """Whether the name of an input is read in forward(), be it for its shape; also where that is unknown."""
    forward = forward_of(module)
    if forward is None or forward.args.vararg is not None or forward.args.kwarg is not None:
        return True
    names = [argument.arg for argument in forward.args.args[1:]]
    if len(names) == 1 and count > 1:
        names = _unpacked(forward, names[0])
    return len(names) < count or is_read(forward, names[at])


def unread_arguments(module: nn.Module) -> list[str]:
    """The arguments of forward() that it never reads; none where that is unknown."""
    forward = forward_of(module)
    if forward is None or forward.args.vararg is not None or forward.args.kwarg is not None:
        return []
    return [argument.arg for argument in forward.args.args[1:] if not is_read(forward, argument.arg)]


def forward_of(module: nn.Module | None) -> ast.FunctionDef | None:
    """The forward() of a module as it is written; None where that is unknown."""
    code = getattr(getattr(type(module), "forward", None), "__code__", None)
    tree = tree_of(code.co_filename) if code is not None else None
    if code is None or tree is None:
        return None
    for node in walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "forward" and node.lineno == code.co_firstlineno:
            return node
    return None


def is_read(function: ast.FunctionDef, name: str) -> bool:
    """Whether a name is read in a function."""
    return any(is_named(item, name) and isinstance(item.ctx, ast.Load) for item in ast.walk(function))


def is_unread(function: ast.FunctionDef | None, statement: ast.stmt | None, name: str) -> bool:
    """Whether nobody reads what a statement gives a name to."""
    if function is None or statement is None:
        return False
    return not is_read(function, name) or given_anew(function, statement, name) is not None


def given_anew(function: ast.FunctionDef | None, statement: ast.stmt | None, name: str) -> ast.Assign | None:
    """The next statement of the same block that mentions a name, if it gives it anew without reading it."""
    for block in ast.walk(function) if function is not None else ():
        for body in (getattr(block, "body", None), getattr(block, "orelse", None)):
            if not isinstance(body, list) or not any(item is statement for item in body):
                continue
            at = next(place for place, item in enumerate(body) if item is statement)
            for later in body[at + 1 :]:
                used = [item for item in ast.walk(later) if is_named(item, name)]
                if used:
                    is_given = isinstance(later, ast.Assign) and name in assigned(later)
                    is_read = any(isinstance(item.ctx, ast.Load) for item in used)
                    return later if is_given and not is_read and isinstance(later, ast.Assign) else None
    return None


def assigned(statement: ast.stmt | None) -> list[str]:
    """The names that an assignment gives; none if it gives anything else."""
    if not isinstance(statement, ast.Assign):
        return []
    found = [item for target in statement.targets for item in ast.walk(target)]
    if not all(isinstance(item, ast.Name | ast.Tuple | ast.Store) for item in found):
        # An attribute or an item of something may be read anywhere.
        return []
    return [item.id for item in found if isinstance(item, ast.Name)]


def function_around(spot: Spot) -> ast.FunctionDef | None:
    """The function that an instruction stands in."""
    tree = tree_of(spot.code.co_filename)
    return _function_in(tree, spot.code.co_name, spot.line) if tree is not None else None


@lru_cache(maxsize=4096)
def _function_in(tree: ast.Module, name: str, line: int) -> ast.FunctionDef | None:
    for node in walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name and node.lineno <= line <= (node.end_lineno or 0):
            return node
    return None


def _unpacked(function: ast.FunctionDef, name: str) -> list[str]:
    """The names that a tuple is taken apart into."""
    for item in ast.walk(function):
        if isinstance(item, ast.Assign) and is_named(item.value, name):
            target = item.targets[0]
            if isinstance(target, ast.Tuple) and all(isinstance(one, ast.Name) for one in target.elts):
                return [one.id for one in target.elts if isinstance(one, ast.Name)]
    return []
