"""Results that a call unpacks into each other's names: ``loss, accuracy = evaluate()`` of ``return accuracy, loss``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.user_code import span_of, tree_of
from shapecheck.findings import Fix
from shapecheck.reading.sources import is_named, walk

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def names_exchanged(step: Step) -> Iterator[Sighting]:
    """Two names that a function returns in one order and its caller takes in the other.

    A function that gives back what it was given, the other way round, is there to exchange; and what is handed over in
    another order comes back in it. Whose results are taken in both orders is meant to have two roles.
    """
    for file in {node.spot.code.co_filename: None for node in step.recorded if node.spot is not None}:
        tree = tree_of(file)
        for target, returned in _exchanged(tree) if tree is not None else ():
            taken = ", ".join(ast.unparse(part) for part in target.elts)
            given = ", ".join(returned)
            span = span_of(file, target, taken)
            text = f"the function returns {given}, and what it returns is taken as {taken}: each under the other's name"
            fix = Fix(given, replaced_text(file, target, given), "no")
            yield Sighting("names_exchanged", span, text, "", (fix,))


@lru_cache(maxsize=32)
def _exchanged(tree: ast.Module) -> tuple[tuple[ast.Tuple, tuple[str, ...]], ...]:
    called = _Called(tree)
    found, taken_rightly = [], set[_Function]()
    for node in walk(tree):
        if not isinstance(node, ast.Assign) or len(node.targets) != 1 or not isinstance(node.value, ast.Call):
            continue
        target, function = node.targets[0], called.by(node.value.func)
        returned = _returned(function) if function is not None else None
        if function is None or returned is None or not isinstance(target, ast.Tuple):
            continue
        if [ast.unparse(part) for part in target.elts] == [*returned]:
            taken_rightly.add(function)
        given = {item.id for part in node.value.args for item in ast.walk(part) if isinstance(item, ast.Name)}
        if _are_exchanged(target, returned) and not given.intersection(returned):
            found.append((function, target, returned))
    return tuple((target, returned) for function, target, returned in found if function not in taken_rightly)


class _Called:
    """Which function of the script a call is of: its only one of this name, asked of nothing but what has it.

    A tensor, or a module, may well have a method of the same name.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._functions: dict[str, list[_Function]] = {}
        self._class_of: dict[_Function, ast.ClassDef] = {}
        self._names: dict[str, set[str]] = {}
        self._selves: dict[ast.expr, ast.ClassDef] = {}
        for node in walk(tree):
            if isinstance(node, _Function):
                self._functions.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.ClassDef):
                self._class_of |= {part: node for part in node.body if isinstance(part, _Function)}
                named = (part for part in ast.walk(node) if is_named(part, "self"))
                self._selves |= dict.fromkeys(named, node)
            elif isinstance(node, ast.Assign):
                self._note(node.targets[0], node.value)

    def _note(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for part, made in zip(target.elts, value.elts, strict=False):
                self._note(part, made)
        elif isinstance(target, ast.Name):
            function = value.func if isinstance(value, ast.Call) else None
            self._names.setdefault(target.id, set()).add(function.id if isinstance(function, ast.Name) else "")

    def by(self, function: ast.expr) -> _Function | None:
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        named = self._functions.get(name, [])
        if len(named) != 1:
            return None
        found, owner = named[0], self._class_of.get(named[0])
        if not isinstance(function, ast.Attribute):
            return found if owner is None else None
        asked = function.value
        if owner is None or not isinstance(asked, ast.Name):
            return None
        is_own = self._selves.get(asked) is owner or self._names.get(asked.id) == {owner.name}
        return found if is_own else None


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
