"""The calls of lines that had been run which give tensors other axes: what they were of, what they were told."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

import torch

from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.read_through import ShapesThrough
from shapecheck.capture.crashes.source import function_around, position
from shapecheck.evidence import Shaped
from shapecheck.reading.sources import every_parameter, walk

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
    for call, base in sorted(near, key=lambda pair: position(pair[0]) or (), reverse=True)[:MAX_CALLS]:
        names = {each.id for part in (base, *call.args) for each in walk(part) if isinstance(each, ast.Name)}
        is_of_line = frame.statement is not None and frame.statement.lineno <= call.lineno
        lines = {name: [line for each, line in stored if each == name] for name in names}
        is_as_it_was = all(
            len(lines[each]) + (each in given) <= 1 and all(line < call.lineno for line in lines[each])
            for each in names
        )
        if is_of_line or is_as_it_was:
            yield call, base
