"""Loops that begin with a state, get a new one in each round, and give it to no call: ``out, h = model(x)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.crashes.scopes import own_nodes
from shapecheck.capture.instruments.tensors.names import forward_of, function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Root
from shapecheck.capture.recording.user_code import Spot, span_of, statement_at, tree_of
from shapecheck.findings import Edit, Fix
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.sources import Loop, is_named, learns, names_in


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """A call that leaves a model's state out, and gives a name to what the model returns for it.

    Args:
        spot: The instruction.
        call: The call in the source.
        state: The argument that is left out.
        name: What the new state is called.
    """

    spot: Spot
    call: ast.Call
    state: str
    name: str


def begun_in_vain(step: Step) -> Iterator[Sighting]:
    """``h = None``, and then ``out, h = model(x)`` in a loop, of a model whose ``forward(self, x, h=None)`` goes on.

    Who wants no memory begins with no state, or calls what comes back by a name that says so. A name that is given
    its first value in front of a loop and a new one in each round is there to be read, and nothing reads it. Where
    each round learns by itself, it may be another sample, unless it is a step of one.
    """
    for root in {root.spot.place: root for root in step.roots if root.spot is not None}.values():
        found = _call_of(root)
        if found is not None and _is_begun_in_vain(found):
            yield _told(found)
            return


def _call_of(root: Root) -> _Call | None:
    spot = root.spot
    assert spot is not None
    statement, forward = statement_at(spot.code.co_filename, spot.line), forward_of(root.module)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call) or forward is None:
        return None
    target, call = statement.targets[0], statement.value
    names = [getattr(part, "id", "") for part in target.elts] if isinstance(target, ast.Tuple) else []
    if any(isinstance(one, ast.Starred) for one in call.args) or any(word.arg is None for word in call.keywords):
        return None
    arguments = [item.arg for item in forward.args.args[1:]]
    without = len(arguments) - len(forward.args.defaults)
    for place, argument in enumerate(arguments):
        default = forward.args.defaults[place - without] if place >= without else None
        is_given = len(call.args) > place or any(word.arg == argument for word in call.keywords)
        if is_given or not isinstance(default, ast.Constant) or default.value is not None:
            continue
        for at in _returned_at(forward, argument, len(names)):
            if names[at] and not names[at].startswith("_"):
                return _Call(spot, call, argument, names[at])
    return None


def _returned_at(forward: ast.FunctionDef, argument: str, count: int) -> Iterator[int]:
    """At which places a model returns what it has made of an argument, under the name of that."""
    made = [value for item in ast.walk(forward) for target, value in values_given(item) if argument in names_in(target)]
    if not any(argument in names_in(value) for value in made):
        return
    ends = [item.value for item in ast.walk(forward) if isinstance(item, ast.Return)]
    for at in range(count):
        parts = [end.elts[at] if isinstance(end, ast.Tuple) and len(end.elts) == count else None for end in ends]
        if parts and all(is_named(part, argument) for part in parts):
            yield at


def _is_begun_in_vain(found: _Call) -> bool:
    """Whether the name has a value in front of the loop around the call, and nothing ever reads it."""
    scope: ast.AST | None = function_around(found.spot) or tree_of(found.spot.code.co_filename)
    if scope is None:
        return False
    if _reads(scope, found.name) or any(isinstance(each, ast.Global | ast.Nonlocal) for each in ast.walk(scope)):
        return False
    parts = list(own_nodes(scope))
    loops = [each for each in parts if isinstance(each, Loop) and _holds(each, found.call)]
    if not loops or not _is_of_an_item(loops[-1], found.call):
        return False
    if learns(loops[-1]) and not _is_of_a_step(loops[-1], found.call):
        return False
    before = [each for each in parts if isinstance(each, ast.Assign) and each.lineno < loops[-1].lineno]
    return any(found.name in names_in(target) for each in before for target, _ in values_given(each))


def _is_of_an_item(loop: Loop, call: ast.Call) -> bool:
    """Whether a call is given what belongs to this round alone; who reads all so far anew needs no memory."""
    if not isinstance(loop, ast.For):
        return False
    turns = names_in(loop.target)
    given = [each for part in (*call.args, *(word.value for word in call.keywords)) for each in ast.walk(part)]
    slices = [each for each in given if isinstance(each, ast.Slice)]
    return bool(turns & names_in(*given)) and not turns & names_in(*slices)


def _is_of_a_step(loop: Loop, call: ast.Call) -> bool:
    """Whether a call is given what a round takes along another axis than the first: ``model(x[:, t])``."""
    turns = names_in(loop.target) if isinstance(loop, ast.For) else set[str]()
    cuts = (each.slice for part in call.args for each in ast.walk(part) if isinstance(each, ast.Subscript))
    return any(isinstance(cut, ast.Tuple) and bool(turns & names_in(*cut.elts[1:])) for cut in cuts)


def _reads(scope: ast.AST, name: str) -> bool:
    """Whether a name is read in a function or a file, be it by functions in it that have no such name of their own."""
    for part in ast.iter_child_nodes(scope):
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and name in _own_names(part):
            continue
        if is_named(part, name) and isinstance(part.ctx, ast.Load):
            return True
        if _reads(part, name):
            return True
    return False


def _own_names(function: ast.AST) -> set[str]:
    return {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)} | stored_in(function)


def _holds(loop: ast.AST, part: ast.AST) -> bool:
    return any(each is part for each in ast.walk(loop))


def _told(found: _Call) -> Sighting:
    text = (
        f"`{found.name}` has a first value in front of the loop and gets a new one in each round, and nothing reads "
        f"it; the model takes `{found.state}`, which this call leaves out, so that each round begins without a memory "
        "of those before"
    )
    fix = Fix(f"{found.state}={found.name} for the model", _given(found), "no")
    call, file = found.call, found.spot.code.co_filename
    span = span_of(file, call)
    return Sighting("state_not_handed_on", span, text, ast.unparse(call.func), (fix,))


def _given(found: _Call) -> tuple[Edit, ...]:
    call = found.call
    inside = [*map(ast.unparse, call.args), *map(ast.unparse, call.keywords), f"{found.state}={found.name}"]
    return replaced_text(found.spot.code.co_filename, call, f"{ast.unparse(call.func)}({', '.join(inside)})")


PROBE = Probe(
    "a state that a loop begins with is given to the calls in it",
    lambda look: begun_in_vain(look.step),
    needs_no_run=True,
    of_followed=True,
    turn=Turn.LAST,
)
