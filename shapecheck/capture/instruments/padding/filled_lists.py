"""Rows that a function filled up to the longest of them while they were plain lists, and then made a tensor of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.reading.sources import is_named

_MAKES = frozenset(["tensor", "as_tensor"])


def fillers_of_lists(step: Step, ref: Ref) -> set[int]:
    """The numbers that ``row + [number] * (longest - len(row))`` fills up with in the function that made a tensor.

    The longest must be the ``max`` of what that function was given: how many places are free then depends on which
    rows came together. Up to a number that is always the same, an empty place is a place like any other.
    """
    _, made = origin(step.tape, ref, CONVERTS)
    around = function_around(made.spot) if made.name in _MAKES and made.spot is not None else None
    if around is None or made.spot is None:
        return set()
    tree = tree_of(made.spot.code.co_filename)
    constants = _constants(tree.body if isinstance(tree, ast.Module) else []) | _constants(around.body)
    found: set[int] = set()
    for item in ast.walk(around):
        for row, blank in _sides(item):
            filler = _filler(around, row, blank)
            number = constants.get(filler.id) if isinstance(filler, ast.Name) else getattr(filler, "value", None)
            found |= {number} if type(number) is int else set()
    return found


def _constants(body: list[ast.stmt]) -> dict[str, object]:
    """The names that stand for a number that is written out."""
    return {
        target.id: item.value.value
        for item in body
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant)
        for target in item.targets
        if isinstance(target, ast.Name)
    }


def _sides(item: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(item, ast.BinOp) and isinstance(item.op, ast.Add):
        yield item.left, item.right
        yield item.right, item.left


def _filler(around: ast.FunctionDef, row: ast.expr, blank: ast.expr) -> ast.expr | None:
    """What ``[filler] * (longest - len(row))`` repeats; None if it is something else."""
    if not isinstance(blank, ast.BinOp) or not isinstance(blank.op, ast.Mult):
        return None
    for one, free in ((blank.left, blank.right), (blank.right, blank.left)):
        if not isinstance(one, ast.List) or len(one.elts) != 1:
            continue
        if not isinstance(free, ast.BinOp) or not isinstance(free.op, ast.Sub):
            continue
        if _is_longest(around, free.left) and ast.unparse(free.right) == f"len({ast.unparse(row)})":
            return one.elts[0]
    return None


def _is_longest(around: ast.FunctionDef, size: ast.expr) -> bool:
    """Whether it is a ``max``, or the name of one that the function takes."""
    if isinstance(size, ast.Call):
        return ast.unparse(size.func) == "max"
    if not isinstance(size, ast.Name):
        return False
    made = [
        item.value
        for item in ast.walk(around)
        if isinstance(item, ast.Assign)
        for target in item.targets
        if is_named(target, size.id)
    ]
    return len(made) == 1 and isinstance(made[0], ast.Call) and ast.unparse(made[0].func) == "max"
