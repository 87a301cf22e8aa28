"""Results that a call unpacks into each other's names: ``loss, accuracy = evaluate()`` of ``return accuracy, loss``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.evidence import Span
from shapecheck.findings import Fix

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def names_exchanged(step: Step) -> Iterator[Sighting]:
    """Two names that a function returns in one order and its caller takes in the other.

    A function that gives back what it was given, the other way round, is there to exchange; and what is handed over in
    another order comes back in it.
    """
    for file in {node.spot.code.co_filename: None for node in step.recorded if node.spot is not None}:
        tree = tree_of(file)
        for target, returned in _exchanged(tree) if tree is not None else ():
            taken = ", ".join(ast.unparse(part) for part in target.elts)
            given = ", ".join(returned)
            end = target.end_lineno or target.lineno, target.end_col_offset or 0
            span = Span(file, target.lineno, target.col_offset, *end, taken)
            text = f"the function returns {given}, and what it returns is taken as {taken}: each under the other's name"
            fix = Fix(given, replaced_text(file, target, given), "no")
            yield Sighting("names_exchanged", span, text, "", (fix,))


@lru_cache(maxsize=32)
def _exchanged(tree: ast.Module) -> tuple[tuple[ast.Tuple, tuple[str, ...]], ...]:
    functions: dict[str, list[_Function]] = {}
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            functions.setdefault(node.name, []).append(node)
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.value, ast.Call):
            continue
        target, called = node.targets[0], functions.get(_name_of(node.value.func), [])
        returned = _returned(called[0]) if len(called) == 1 and isinstance(target, ast.Tuple) else None
        if returned is None or not isinstance(target, ast.Tuple) or not _are_exchanged(target, returned):
            continue
        given = {item.id for part in node.value.args for item in ast.walk(part) if isinstance(item, ast.Name)}
        if not given.intersection(returned):
            found.append((target, returned))
    return tuple(found)


def _name_of(function: ast.expr) -> str:
    """The name of a function of the script, or of a method that an object of its own is asked for."""
    if isinstance(function, ast.Attribute):
        return function.attr if isinstance(function.value, ast.Name) else ""
    return function.id if isinstance(function, ast.Name) else ""


def _returned(function: _Function) -> tuple[str, ...] | None:
    """The names that a function returns, if all of its returns give the same ones, and it has made them itself."""
    arguments = {argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)}
    orders = set()
    for node in ast.walk(function):
        if isinstance(node, _Function | ast.Lambda | ast.Yield) and node is not function:
            return None
        if isinstance(node, ast.Return):
            parts = node.value.elts if isinstance(node.value, ast.Tuple) else []
            orders.add(tuple(part.id if isinstance(part, ast.Name) else "" for part in parts))
    names = orders.pop() if len(orders) == 1 else ()
    return names if names and "" not in names and not arguments.intersection(names) else None


def _are_exchanged(target: ast.Tuple, returned: tuple[str, ...]) -> bool:
    taken = [part.id if isinstance(part, ast.Name) else "" for part in target.elts]
    return len(set(taken)) == len(taken) == len(returned) > 1 and {*taken} == {*returned} and (*taken,) != returned


PROBE = Probe(
    "what a function returns is taken under its own names",
    lambda look: names_exchanged(look.step),
    needs_no_run=True,
    in_evaluation=True,
    turn=Turn.LAST,
)
