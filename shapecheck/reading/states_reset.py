"""States that an object keeps: where their numbers are set back in place, and by which rounds they are made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.calls import calls_in
from shapecheck.reading.edits import whole_number
from shapecheck.reading.going_back import GoingBack
from shapecheck.reading.sources import (
    Loop,
    Source,
    class_around,
    function_around,
    last_name,
    loops_of,
    names_in,
    parents,
    rounds_around,
    walk,
)

_SET_BACK = ("zero_", "fill_", "copy_", "mul_")
_ALL = ("buffers", "named_buffers")
_ROUNDS = Loop | ast.ListComp | ast.GeneratorExp


def resets_in_place(source: Source, made: ast.Assign, here: GoingBack | None) -> Iterator[ast.Call]:
    """Where each round sets the numbers of a state back and keeps its graph: ``self.v.zero_()``.

    Also all the buffers of a module, one by one, where the state is one of them.
    """
    state = made.targets[0]
    assert isinstance(state, ast.Attribute)
    for call in source.calls(*_SET_BACK):
        whole = call.func.value if isinstance(call.func, ast.Attribute) else None
        whole = whole.value if isinstance(whole, ast.Attribute) and whole.attr == "data" else whole
        is_it = isinstance(whole, ast.Attribute) and whole.attr == state.attr
        is_any = isinstance(whole, ast.Name) and _is_buffer(made, state.attr) and _goes_over_buffers(call, whole.id)
        if (is_it or is_any) and here is not None and not _keeps_some(call) and _is_of_round(source, call, here):
            yield call


def _keeps_some(call: ast.Call) -> bool:
    """Whether something of the old numbers stays: ``v.mul_(0.9)`` of each step sets nothing back."""
    return last_name(call.func) == "mul_" and not (call.args and whole_number(call.args[0]) == 0)


def rounds_inside(made: ast.AST, here: GoingBack | None) -> Loop | None:
    """The outermost loop of its function in which a state is made, where nothing goes backward in it."""
    home = function_around(made)
    if home is None or (here is not None and here.call in walk(home)):
        return None
    around = [up for up in rounds_around(made) if function_around(up) is home]
    return around[-1] if around else None


def is_made_by_steps(source: Source, made: ast.AST, here: GoingBack | None) -> bool:
    """Whether what keeps a state is called several times in a round before one goes backward."""
    owner, method = class_around(made), function_around(made)
    if here is None or owner is None or method is None or here.call in walk(method):
        return False
    names = {last_name(each) for each in _made_of(source, owner.name)} | ({method.name} - {"forward"})
    for call in walk(source.tree):
        if isinstance(call, ast.Call) and last_name(call.func) in names:
            loops = [up for up in parents(call) if isinstance(up, _ROUNDS) and up is not here.rounds]
            if any(here.call not in walk(loop) and function_around(loop) is not method for loop in loops):
                return True
    return False


def _made_of(source: Source, name: str) -> Iterator[ast.expr]:
    """What is given an object of a class: ``cell``, ``self.cell``."""
    for each in walk(source.tree):
        if isinstance(each, ast.Assign) and any(last_name(call.func) == name for call in calls_in(each.value)):
            for target in each.targets:
                yield from getattr(target, "elts", [target])


def _is_buffer(made: ast.AST, name: str) -> bool:
    owner = class_around(made)
    told = (call for call in calls_in(owner) if last_name(call.func) == "register_buffer") if owner is not None else ()
    return any(call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == name for call in told)


def _goes_over_buffers(call: ast.Call, name: str) -> bool:
    for up in parents(call):
        for loop in loops_of(up):
            is_all = isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) in _ALL
            if is_all and name in names_in(loop.target):
                return True
    return False


def _is_of_round(source: Source, call: ast.Call, here: GoingBack) -> bool:
    """Whether a call is made in each round that goes backward: there, or in functions that are called there."""
    names: set[str] = set()
    new = walk(here.rounds)
    if call in new and function_around(call) is function_around(here.call):
        return True
    for _ in range(3):
        names |= {last_name(each.func) for each in new if isinstance(each, ast.Call)}
        # An object that is called runs its forward.
        known = [each for each in source.functions if each.name in names or each.name == "forward"]
        new = tuple(part for each in known for part in walk(each))
    home = function_around(call)
    return home is not None and home.name != "__init__" and (home.name in names or home.name == "forward")
