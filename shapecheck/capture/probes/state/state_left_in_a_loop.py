"""Loops that step a recurrent model as training does, and drop the state that training hands on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.names import is_unread
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Root
from shapecheck.capture.recording.user_code import Spot, span_of, statement_at, tree_of
from shapecheck.capture.recording.vocabulary import CELLS
from shapecheck.findings import Fix
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.sources import Loop, walk


def left_in_a_loop(step: Step) -> Iterator[Sighting]:
    """Calls in a loop, written as the one in training, that start from the same name each time and drop the new state.

    That the state belongs to the next call is seen in training: what one call returned went into the next, and the
    model has a cell, which takes one step a call.
    """
    before: dict[int, Root] = {}
    for root in step.roots:
        last, before[id(root.module)] = before.get(id(root.module)), root
        if last is None or not set(last.outputs) & set(root.inputs):
            continue
        spot = _call_of(step, root)
        if spot is None or not any(step.node(index).name in CELLS for index in range(root.first, root.last)):
            continue
        yield from _loops_like(spot)
        return


def _call_of(step: Step, root: Root) -> Spot | None:
    """The instruction that calls a model."""
    forwards = {getattr(type(module).forward, "__code__", None) for module in root.module.modules()}
    spot = next((step.node(index).spot for index in range(root.first, root.last) if step.node(index).spot), None)
    while spot is not None and spot.code in forwards:
        spot = spot.caller
    return spot


def _loops_like(spot: Spot) -> Iterator[Sighting]:
    file = spot.code.co_filename
    known, tree = statement_at(file, spot.line), tree_of(file)
    form = _form(known)
    if form is None or tree is None:
        return
    at, given, name = form
    for function in walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for loop in (item for item in ast.walk(function) if isinstance(item, Loop)):
            stored = stored_in(loop)
            for statement in (item for item in ast.walk(loop) if isinstance(item, ast.Assign)):
                call, names = statement.value, _names(statement)
                if statement is known or not isinstance(call, ast.Call) or ast.unparse(call.func) != name:
                    continue
                if len(names) <= max(given, 1) or len(call.args) <= at or call.keywords:
                    continue
                start, rest = call.args[at], [item for one, item in enumerate(call.args) if one != at]
                moves = any(isinstance(item, ast.Name) and item.id in stored for one in rest for item in ast.walk(one))
                is_same = isinstance(start, ast.Name) and start.id not in stored
                if moves and is_same and is_unread(function, statement, names[given]):
                    yield _told(file, call, ast.unparse(start), spot.line)
                    return


def _form(statement: ast.stmt | None) -> tuple[int, int, str] | None:
    """Which argument of a call comes back as which of its results, and what is called."""
    call = statement.value if isinstance(statement, ast.Assign) else None
    if not isinstance(statement, ast.Assign) or not isinstance(call, ast.Call):
        return None
    names = _names(statement)
    for at, item in enumerate(call.args):
        if isinstance(item, ast.Name) and item.id in names:
            return at, names.index(item.id), ast.unparse(call.func)
    return None


def _names(statement: ast.Assign) -> list[str]:
    """The names that what comes back is taken apart into; an empty one for what is no name."""
    target = statement.targets[0]
    if len(statement.targets) != 1 or not isinstance(target, ast.Tuple):
        return []
    return [item.id if isinstance(item, ast.Name) else "" for item in target.elts]


def _told(file: str, call: ast.Call, start: str, line: int) -> Sighting:
    text = (
        f"in line {line} the state that a call returns goes into the next one; here every round of the loop starts "
        f"from `{start}`, which the loop never changes, and the new state is given a name that nobody reads: the model "
        "remembers nothing from one round to the next"
    )
    span = span_of(file, call)
    fix = Fix(f"`{start}` in the place of the name that nobody reads", (), "no")
    return Sighting("state_not_handed_on", span, text, ast.unparse(call.func), (fix,))


PROBE = Probe(
    "a state that training hands on is handed on in other loops",
    lambda look: left_in_a_loop(look.step),
    turn=Turn.LAST,
)
