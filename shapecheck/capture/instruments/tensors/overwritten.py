"""Results of layers that are given a name which nobody reads, where what is named like it is made of something else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.instruments.tensors.names import function_around, given_anew, is_unread
from shapecheck.capture.instruments.tensors.read_twice import given_at, is_part_of
from shapecheck.capture.instruments.trials.other_operand import other_operand
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import is_named


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """An expression that reads something where it could have read what a name that nobody reads stands for.

    Args:
        node: The operation that reads it.
        ref: What it reads.
        value: The expression.
        name: The name that nobody reads.
        is_anew: Whether the expression is given that very name.
    """

    node: Node
    ref: Ref
    value: ast.expr
    name: str
    is_anew: bool


def readings(step: Step, spot: Spot, last: int) -> Iterator[Reading]:
    """What reads something else although it is named like what nobody reads, or is given its very name.

    Args:
        step: The step.
        spot: The statement that gave the names first, and of which nobody reads them.
        last: The node behind the last one of the model's call.
    """
    file = spot.code.co_filename
    statement, function = statement_at(file, spot.line), function_around(spot)
    for name in given_at(spot):
        later = given_anew(function, statement, name)
        value = _value_of(later, name)
        values = [value] if value is not None else _namesakes(function, statement, name)
        for one in values:
            yield from _readings_in(step, spot, last, one, name, is_anew=value is not None)


def _readings_in(step: Step, spot: Spot, last: int, value: ast.expr, name: str, *, is_anew: bool) -> Iterator[Reading]:
    """What an expression reads of what was made before it."""
    reached: set[int] = set()
    for index in range(step.first, last):
        node = step.node(index)
        if not _is_inside(node.spot, spot, value):
            continue
        yield from (
            Reading(node, ref, value, name, is_anew)
            for ref in dict.fromkeys(node.parents)
            if ref.node not in reached and step.node(ref.node).kind != "parameter" and ref not in step.inner
        )
        reached.add(index)


def moves(step: Step, reading: Reading, value: Tensor, kept: list[Run]) -> bool:
    """Whether another value in the place of what is read moves the loss; runs are told apart by their identity."""
    kept.append(other_operand(reading.node, reading.ref)(value))
    base, after = step.run(), step.run_with({reading.node.index: kept[-1]})
    return any_term_moved(step, base, after)


def name_read(reading: Reading) -> ast.Name | None:
    """The one name that the expression reads, where it reads no other one of a tensor."""
    value = reading.value
    called = {id(_root(item.func)) for item in ast.walk(value) if isinstance(item, ast.Call)}
    owners = {id(_root(item)) for item in ast.walk(value) if isinstance(item, ast.Attribute) and _is_own(item)}
    names = [
        item
        for item in ast.walk(value)
        if isinstance(item, ast.Name) and id(item) not in called and id(item) not in owners
    ]
    return names[0] if len(names) == 1 else None


def _is_own(item: ast.Attribute) -> bool:
    root = _root(item)
    return isinstance(root, ast.Name) and root.id in ("self", "torch", "nn", "F")


def _root(item: ast.expr) -> ast.expr:
    while isinstance(item, ast.Attribute):
        item = item.value
    return item


def _value_of(statement: ast.Assign | None, name: str) -> ast.expr | None:
    """What an assignment gives a name."""
    pairs = values_given(statement) if statement is not None else ()
    return next((value for one, value in pairs if is_named(one, name)), None)


def _is_inside(one: Spot | None, other: Spot, value: ast.expr) -> bool:
    """Whether an operation belongs to an expression in the function of another."""
    while one is not None and one.code is not other.code:
        one = one.caller
    if one is None or not value.lineno <= one.line <= (value.end_lineno or value.lineno):
        return False
    return is_part_of(one, value)


def _namesakes(function: ast.FunctionDef | None, statement: ast.stmt | None, name: str) -> list[ast.expr]:
    """Calls of one other name, of which the name of the layer, or of what comes out, says that they are for this one.

    ``self.text_head(image)``, where ``text`` stands in the name of what nobody reads and not in that of what is read.
    """
    found: list[ast.expr] = []
    if function is None or statement is None or not is_unread(function, statement, name):
        return found
    for item in ast.walk(function):
        if not isinstance(item, ast.Assign | ast.Return | ast.Expr) or item.lineno <= statement.lineno:
            continue
        for call in ast.walk(item):
            given = call.args if isinstance(call, ast.Call) and not call.keywords else []
            if len(given) != 1 or not isinstance(given[0], ast.Name) or not isinstance(call, ast.Call):
                continue
            read, own = given[0].id, _words(ast.unparse(call.func))
            mine, other = _words(name) - _words(read), _words(read) - _words(name)
            if mine & own and other and not other & own:
                found.append(call)
    return found


def _words(name: str) -> set[str]:
    return {word for word in re.split(r"[^a-zA-Z]+", name) if len(word) > 1 and word not in ("self", "torch", "nn")}
