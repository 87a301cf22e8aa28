"""The calls of lines that had been run which give tensors other axes: what they were of, what they were told."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import torch

from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.read_through import ShapesThrough
from shapecheck.capture.crashes.source import function_around, position
from shapecheck.evidence import Shaped
from shapecheck.reading.sources import every_parameter, rounds_around, walk

REDUCTIONS = ("mean", "sum", "amax", "amin", "max", "min", "median", "prod", "std", "var", "logsumexp")
METHODS = ("view", "reshape", "squeeze", "flatten", *REDUCTIONS)
# Of so many a frame each has its sizes worked out.
MAX_CALLS = 8


def shaped_calls(frames: Sequence[LiveFrame]) -> tuple[Shaped, ...]:
    """Each such call with numbers told one by one in the frames of the script, nearest to the crash first.

    Args:
        frames: The frames of the crash, outermost first.
    """
    found: list[Shaped] = []
    for frame in (each for each in reversed(frames) if each.is_user and not each.is_comprehension):
        shapes = ShapesThrough(frame.evaluator, frame.entries)
        for call, base in _calls(frame):
            value = shapes.of(base)
            told = [shapes.of(each) for each in (*call.args, *(each.value for each in call.keywords))]
            if isinstance(value, torch.Tensor) and all(type(size) is int for size in told):
                found.append(Shaped(frame.source.span(call), tuple(value.shape), tuple(told)))
    return tuple(found)


def _calls(frame: LiveFrame) -> Iterator[tuple[ast.Call, ast.expr]]:
    """The calls that a frame has come to, and what each of them is of, where its names hold what they held then."""
    home = function_around(frame.statement) if frame.statement is not None else None
    nodes = walk(home if home is not None else frame.source.tree)
    stored = [
        (each.id, each.lineno) for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    ]
    given = every_parameter(home) if isinstance(home, ast.FunctionDef) else []
    calls = [
        (each, each.func.value)
        for each in nodes
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and each.func.attr in METHODS
    ]
    near = [
        (call, base)
        for call, base in calls
        if call.lineno <= frame.line and function_around(call) is home and (call.args or call.keywords)
    ]
    for call, named in sorted(near, key=lambda pair: position(pair[0]) or (), reverse=True)[:MAX_CALLS]:
        base = _given_before(nodes, call, named, given)
        names = {each.id for part in (base, *call.args) for each in walk(part) if isinstance(each, ast.Name)}
        is_of_line = frame.statement is not None and frame.statement.lineno <= call.lineno
        lines = {name: [line for each, line in stored if each == name] for name in names}
        is_as_it_was = all(
            len(lines[each]) + (each in given) <= 1 and all(line < call.lineno for line in lines[each])
            for each in names
        )
        if is_of_line or is_as_it_was:
            yield call, base


def _given_before(nodes: Sequence[ast.AST], call: ast.Call, base: ast.expr, given: Sequence[str]) -> ast.expr:
    """What a name was given first, where the call gives it its second value: ``x = read(y)``, ``x = x.view(n)``."""
    if not isinstance(base, ast.Name) or base.id in given or any(rounds_around(call)):
        return base
    made = [
        each
        for each in nodes
        if isinstance(each, ast.Assign)
        and any(isinstance(part, ast.Name) and part.id == base.id for part in each.targets)
    ]
    stores = sum(
        isinstance(each, ast.Name) and each.id == base.id and isinstance(each.ctx, ast.Store) for each in nodes
    )
    is_second = len(made) == stores == 2 and made[1].value is call and made[0].lineno < call.lineno
    return made[0].value if is_second and len(made[0].targets) == 1 else base
