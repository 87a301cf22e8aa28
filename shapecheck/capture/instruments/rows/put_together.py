"""Where a script puts a part of a batch together: in the function that it gives to its loader."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.steps.carried_sums import place_of
from shapecheck.capture.instruments.tensors.names import assigned
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.user_code import expression_at
from shapecheck.evidence import Span
from shapecheck.reading.sources import Source, loops_of_line, source_of, walk


def put_together(step: Step, ref: Ref) -> Span | None:
    """The statement by which a function of the script's made what a model was given; None where that is not seen.

    The name at the call is one that a loop takes apart, and what stands at its place in what the function returns is
    the same.
    """
    for root in step.roots:
        if ref not in root.inputs or root.spot is None:
            continue
        call, source = expression_at(root.spot, ast.Call), source_of(root.spot.code.co_filename)
        if source is None or not isinstance(call, ast.Call) or len(call.args) != len(root.inputs):
            return None
        given = call.args[root.inputs.index(ref)]
        place = _place(source, root.spot.line, given.id) if isinstance(given, ast.Name) else None
        made = _made(source.tree, *place) if place is not None else None
        return place_of(root.spot, made) if made is not None else None
    return None


def _place(source: Source, line: int, name: str) -> tuple[int, int] | None:
    """At which place of how many the innermost loop around a line gives a name to what it takes apart."""
    for loop in (item for item in loops_of_line(source, line) if isinstance(item, ast.For)):
        for item in ast.walk(loop.target):
            parts = item.elts if isinstance(item, ast.Tuple) else []
            names = [part.id if isinstance(part, ast.Name) else "" for part in parts]
            if name in names:
                return names.index(name), len(names)
    return None


def _made(tree: ast.Module, at: int, count: int) -> ast.stmt | None:
    """What makes the item at a place of what the function that collates returns."""
    given = {
        item.value.id
        for item in walk(tree)
        if isinstance(item, ast.keyword) and item.arg == "collate_fn" and isinstance(item.value, ast.Name)
    }
    functions = [item for item in walk(tree) if isinstance(item, ast.FunctionDef) and item.name in given]
    if len(functions) != 1:
        return None
    returns = [item for item in ast.walk(functions[0]) if isinstance(item, ast.Return)]
    value = returns[0].value if len(returns) == 1 else None
    if not isinstance(value, ast.Tuple) or len(value.elts) != count:
        return None
    item = value.elts[at]
    while isinstance(item, ast.Call) and len(item.args) == 1:
        item = item.args[0]
    names = [item.id] if isinstance(item, ast.Name) else []
    found = [one for one in ast.walk(functions[0]) if isinstance(one, ast.Assign) and assigned(one) == names != []]
    return found[0] if len(found) == 1 else returns[0]
