"""Loops that go over the same data in each round of another one, and hand on a state from its end to its beginning."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.capture.recording.user_code import Spot, statement_at, tree_of
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.calls import calls_in
from shapecheck.reading.sources import (
    Loop,
    function_of_line,
    last_name,
    learns,
    loops_of_line,
    names_in,
    parameters,
    source_of,
    walk,
)

_COUNTS = frozenset(["range", "trange"])
_SHOWS = frozenset(["enumerate", "tqdm", "track", "zip"])
# What holds its items, or gives them anew to whoever asks for them again.
_LASTING = frozenset(["DataLoader", "list", "tuple", "sorted", "split", "chunk", "unbind", "batch", "stack", "tensor"])
_HANDS_ON = frozenset(
    ["detach", "detach_", "clone", "tuple", "list", "map", "data", "requires_grad_", "to", "contiguous"]
)


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """A loop over data that stands in a loop of rounds.

    Args:
        inner: The loop over the data.
        outer: The loop of the rounds.
        states: What the inner one hands on to itself by name, and the outer one never makes new.
        made: The statements in front of the rounds that make it.
    """

    inner: ast.For
    outer: Loop
    states: tuple[str, ...]
    made: tuple[ast.Assign, ...] = ()


def rounds_around(spot: Spot, *, is_kept: bool) -> Rounds | None:
    """The loops around a call whose inner one begins with the data anew, while the state goes on.

    Args:
        spot: The call.
        is_kept: Whether the model keeps the state for itself; else it is given it by a name, and returns the next one.
    """
    for each in spot.with_callers():
        source = source_of(each.code.co_filename)
        loops = loops_of_line(source, each.line)
        statement = statement_at(each.code.co_filename, each.line)
        if len(loops) < 2 or not isinstance(loops[0], ast.For) or statement is None:
            continue
        inner, outer = loops[0], loops[1]
        states = tuple(sorted(_handed_on(statement)))
        if not states and not (is_kept and learns(inner)):
            continue
        tree = tree_of(each.code.co_filename)
        around = function_of_line(source, inner.lineno)
        home: ast.AST | None = around or tree
        bound = stored_in(outer) - stored_in(inner.target)
        if tree is None or home is None or not counts_rounds(outer) or not _begins_again(inner.iter, tree, home, bound):
            return None
        if not _reads_target(inner, statement, {*states}):
            return None
        if is_kept and not states:
            is_new = bool(names_in(*(call.func for call in calls_in(statement))) & bound)
            return None if is_new else Rounds(inner, outer, ())
        made = [item for item in walk(home) if isinstance(item, ast.Assign) and item.lineno < outer.lineno]
        made = [
            item for item in made if stored_in(item) & {*states} and function_of_line(source, item.lineno) is around
        ]
        is_made_before = {*states} <= {name for item in made for name in stored_in(item)}
        goes_on = all(_only_hands_on(outer, statement, name, _cutters(tree)) for name in states)
        return Rounds(inner, outer, states, tuple(made)) if is_made_before and goes_on else None
    return None


def _handed_on(statement: ast.stmt) -> set[str]:
    """The names that a statement binds, and hands to what it calls."""
    if not isinstance(statement, ast.Assign):
        return set()
    bound = {name for target in statement.targets for name in stored_in(target)}
    given = {name for call in calls_in(statement) for one in [*call.args, *call.keywords] for name in names_in(one)}
    return bound & given


def counts_rounds(outer: Loop) -> bool:
    """Whether a loop counts: what it is at, none of its rounds is about."""
    given = outer.iter if isinstance(outer, ast.For) else None
    while isinstance(given, ast.Call) and last_name(given.func) in _SHOWS and len(given.args) == 1:
        given = given.args[0]
    return isinstance(given, ast.Call) and last_name(given.func) in _COUNTS


def _begins_again(given: ast.expr, tree: ast.Module, home: ast.AST, bound: set[str], depth: int = 2) -> bool:
    """Whether a loop over something begins with its first item, as often as it is gone over."""
    if names_in(given) & bound:
        return False
    if isinstance(given, ast.List | ast.Tuple | ast.ListComp):
        return True
    if isinstance(given, ast.Call):
        name = last_name(given.func)
        if name in _SHOWS:
            return bool(given.args) and all(_begins_again(one, tree, home, bound, depth) for one in given.args)
        made = [item for item in walk(tree) if isinstance(item, ast.FunctionDef) and item.name == name]
        return all(map(_is_plain_generator, made)) if made else name in _LASTING | _COUNTS or _is_lasting(tree, name)
    if not isinstance(given, ast.Name | ast.Attribute) or depth == 0:
        return False
    values = _values(given, tree, home)
    return bool(values) and all(_begins_again(one, tree, home, set(), depth - 1) for one in values)


def _is_plain_generator(function: ast.FunctionDef) -> bool:
    """Whether it begins where it did before: it keeps nothing beside itself."""
    items = walk(function)
    keeps = any(isinstance(item, ast.Attribute) and isinstance(item.ctx, ast.Store) for item in items)
    keeps |= any(isinstance(item, ast.Global | ast.Nonlocal) or last_name(item) == "next" for item in items)
    return not keeps and any(isinstance(item, ast.Yield | ast.YieldFrom) for item in items)


def _is_lasting(tree: ast.Module, name: str) -> bool:
    """Whether it is a class of the file that is gone over by a plain generator."""
    kinds = [item for item in walk(tree) if isinstance(item, ast.ClassDef) and item.name == name]
    goes = [one for kind in kinds for one in kind.body if isinstance(one, ast.FunctionDef) and one.name == "__iter__"]
    return bool(goes) and all(map(_is_plain_generator, goes))


def _values(given: ast.Name | ast.Attribute, tree: ast.Module, home: ast.AST) -> list[ast.expr]:
    """What a name is given anywhere in its function, or by who calls that."""
    written = ast.unparse(given)
    found = [
        item.value
        for item in walk(tree if isinstance(given, ast.Attribute) else home)
        if isinstance(item, ast.Assign) and any(ast.unparse(target) == written for target in item.targets)
    ]
    if found or not isinstance(home, ast.FunctionDef) or written not in parameters(home):
        return found or [
            item.value
            for item in tree.body
            if isinstance(item, ast.Assign) and any(ast.unparse(target) == written for target in item.targets)
        ]
    at = parameters(home).index(written)
    return [_at_home(call, at, written) for call in calls_in(tree) if last_name(call.func) == home.name]


def _at_home(call: ast.Call, at: int, name: str) -> ast.expr:
    named = [one.value for one in call.keywords if one.arg == name]
    given = named or call.args[at : at + 1]
    return given[0] if given else ast.Constant(None)


def _reads_target(inner: ast.For, statement: ast.stmt, states: set[str]) -> bool:
    """Whether what is called in a loop is given what the loop is at, or something that was made of it."""
    known = stored_in(inner.target)
    for item in (part for block in inner.body for part in ast.walk(block)):
        if isinstance(item, ast.Assign) and item is not statement and names_in(item.value) & known:
            known |= {name for target in item.targets for name in stored_in(target)}
    given = {name for call in calls_in(statement) for one in [*call.args, *call.keywords] for name in names_in(one)}
    return bool(given & known - states)


def _cutters(tree: ast.Module) -> set[str]:
    """What cuts a state off from its past and leaves its numbers alone: torch's own, and functions of the file."""
    functions = [item for item in walk(tree) if isinstance(item, ast.FunctionDef)]
    made = {item.name for item in functions if "detach" in map(last_name, _called(item)) and _gives_back(item)}
    return made | _HANDS_ON


def _called(block: ast.AST) -> list[ast.expr]:
    return [call.func for call in calls_in(block)]


def _gives_back(function: ast.FunctionDef) -> bool:
    """Whether a function makes nothing but of what it is given."""
    names = {*map(last_name, _called(function))}
    return names <= _HANDS_ON | {function.name, "isinstance", "is_tensor", "type"}


def _only_hands_on(outer: Loop, call: ast.stmt, name: str, cutters: set[str]) -> bool:
    """Whether within the rounds a name gets nothing but what the call returns, and that cut off."""
    items = [
        part for block in outer.body for part in ast.walk(block) if isinstance(part, ast.stmt) and part is not call
    ]
    is_chosen = any(_chooses(part, name) for part in ast.walk(call))
    return not is_chosen and not any(_makes_new(item, name, cutters) for item in items)


def _makes_new(item: ast.stmt, name: str, cutters: set[str]) -> bool:
    """Whether a statement gives a state other numbers, or may."""
    if isinstance(item, ast.Assign) and name in stored_in(item):
        names = {last_name(one.func) for one in calls_in(item)}
        is_changed = any(isinstance(one, ast.BinOp) or _chooses(one, name) for one in ast.walk(item.value))
        return name not in names_in(item.value) or not names <= cutters or is_changed
    if isinstance(item, ast.AugAssign | ast.AnnAssign | ast.Delete):
        return name in names_in(item)
    if isinstance(item, ast.For):
        return name in stored_in(item.target)
    if isinstance(item, ast.Assign):
        return any(_is_part_of(one, name) for one in item.targets)
    return isinstance(item, ast.Expr) and _changes(item.value, name)


def _chooses(item: ast.AST, name: str) -> bool:
    """Whether something is a choice of something else than the state, other than whether there is one."""
    if not isinstance(item, ast.IfExp):
        return False
    is_first = isinstance(item.test, ast.Compare) and name in names_in(item.test.left)
    return not is_first and not all(name in names_in(one) for one in (item.body, item.orelse))


def _is_part_of(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Subscript | ast.Attribute) and name in names_in(target)


def _changes(value: ast.expr, name: str) -> bool:
    """Whether a method that changes a state is called of it, or it is handed to somebody who may."""
    calls = [item for item in ast.walk(value) if isinstance(item, ast.Call) and name in names_in(item)]
    return any(last_name(call.func) != "detach_" and last_name(call.func) != "print" for call in calls)
