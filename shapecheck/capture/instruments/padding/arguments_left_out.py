"""An optional argument that a call leaves out, although the function called would change a state or scores by it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.tensors.names import assigned, function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.recording.user_code import Spot, expression_at
from shapecheck.findings import Edit
from shapecheck.reading.definitions import parameters_taken
from shapecheck.reading.sources import is_named


@dataclass(frozen=True, slots=True, eq=False)
class LeftOut:
    """A call that leaves an argument out.

    Args:
        name: The argument, whose default is None.
        place: Its place among the positional ones.
        spot: The instruction of the call.
        call: The call in the source.
    """

    name: str
    place: int
    spot: Spot
    call: ast.Call

    def given(self, what: str) -> tuple[Edit, ...]:
        """The edit that gives it, where what is given has a name before the call is reached."""
        inside = [*map(ast.unparse, self.call.args), *map(ast.unparse, self.call.keywords)]
        is_next = len(self.call.args) == self.place and not self.call.keywords
        inside.append(what if is_next else f"{self.name}={what}")
        if not _is_there_before(self.spot, self.call, what):
            return ()
        return replaced_text(
            self.spot.code.co_filename, self.call, f"{ast.unparse(self.call.func)}({', '.join(inside)})"
        )


def left_out(inner: Spot, changed: set[str] | None = None) -> Iterator[LeftOut]:
    """The arguments that would change what a layer or an operation reads, and are not given.

    Args:
        inner: The instruction that calls it, in the function that has the arguments.
        changed: How what it reads is written there: by default its second argument, the state of a layer.
    """
    function, states = function_around(inner), _states(inner) if changed is None else changed
    for one in _optional(inner) if function is not None and states else ():
        if function is not None and _changes(function, one.name, states):
            yield one


def start_left_out(inner: Spot) -> LeftOut | None:
    """The argument that a layer starts from as it is, and that is not given."""
    states = _states(inner)
    return next((one for one in _optional(inner) if one.name in states), None) if len(states) == 1 else None


def _optional(inner: Spot) -> Iterator[LeftOut]:
    """The arguments of the function around an instruction that are None by default, and that its call does not give."""
    function, outer = function_around(inner), inner.caller
    if function is None or outer is None:
        return
    call = expression_at(outer, ast.Call)
    if not isinstance(call, ast.Call) or any(isinstance(one, ast.Starred) for one in call.args):
        return
    if any(word.arg is None for word in call.keywords):
        return
    names = parameters_taken(function)
    without = len(names) - len(function.args.defaults)
    for place, name in enumerate(names):
        default = function.args.defaults[place - without] if place >= without else None
        is_given = len(call.args) > place or any(word.arg == name for word in call.keywords)
        is_optional = isinstance(default, ast.Constant) and default.value is None
        if is_optional and not is_given:
            yield LeftOut(name, place, outer, call)


def _states(inner: Spot) -> set[str]:
    """How the state is written where a layer is called with it."""
    call = expression_at(inner, ast.Call)
    if not isinstance(call, ast.Call) or len(call.args) < 2:
        return set()
    parts = call.args[1].elts if isinstance(call.args[1], ast.Tuple) else [call.args[1]]
    return {ast.unparse(part) for part in parts if isinstance(part, ast.Name | ast.Attribute)}


def _changes(function: ast.FunctionDef, name: str, states: set[str]) -> bool:
    """Whether a statement gives the state anew, or changes it, by an argument."""
    for statement in ast.walk(function):
        if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
            continue
        is_by_it = any(is_named(item, name) for item in ast.walk(statement))
        targets = statement.targets if isinstance(statement, ast.Assign) else [_changed(statement)]
        parts = [part for target in targets for part in _parts(target)]
        if is_by_it and states & {ast.unparse(_whole(part)) for part in parts}:
            return True
    return False


def _changed(statement: ast.AugAssign | ast.Expr) -> ast.expr:
    """What a statement changes in place: ``state *= keep``, ``state.mul_(keep)``."""
    if isinstance(statement, ast.AugAssign):
        return statement.target
    called = statement.value.func if isinstance(statement.value, ast.Call) else None
    is_in_place = isinstance(called, ast.Attribute) and called.attr.endswith("_")
    return called.value if isinstance(called, ast.Attribute) and is_in_place else statement.value


def _parts(target: ast.expr) -> list[ast.expr]:
    return list(target.elts) if isinstance(target, ast.Tuple) else [target]


def _whole(target: ast.expr) -> ast.expr:
    while isinstance(target, ast.Subscript):
        target = target.value
    return target


def _is_there_before(spot: Spot, call: ast.Call, name: str) -> bool:
    """Whether a name is given in front of a loop that gives it anew behind a call."""
    function = function_around(spot)
    if function is None:
        return False
    if any(item.arg == name for item in ast.walk(function) if isinstance(item, ast.arg)):
        return True
    before = [item for item in ast.walk(function) if isinstance(item, ast.stmt) and item.lineno < call.lineno]
    return any(name in assigned(item) for item in before)
