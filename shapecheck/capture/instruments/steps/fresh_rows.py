"""Rows of a world that are replaced by fresh ones between two calls of a recurrent layer, and what says which."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import assigned, function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape, refs_in
from shapecheck.capture.recording.user_code import Spot, statement_at, tree_of
from shapecheck.capture.recording.vocabulary import HANDS_ON
from shapecheck.findings import Edit
from shapecheck.reading.sources import is_named, under_methods

_CONVERTS = frozenset(["float", "long", "int", "bool", "to", "clone", "detach", "double"])
_NUMBERS = frozenset(["nonzero", "where", "argwhere", "flatten"])


def handed_on(step: Step, cells: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Calls of one layer of which the later one starts from what the earlier one has returned, as it was."""
    known = {node.index for node in cells}
    for node in cells:
        is_packed = len(node.args) == 9 and not isinstance(node.args[3], bool)
        ref = next(refs_in((node.args[2 if is_packed else 1],)), None)
        if ref is not None:
            _, made = origin(step.tape, ref, HANDS_ON, first=step.first, is_alone=True)
            if made.index in known and made.module is node.module:
                yield made, node


def replaced_rows(step: Step, node: Node) -> Ref | None:
    """By what rows are chosen that are replaced, as it was before it was given other axes."""
    at = {"where": 0, "__setitem__": 1}.get(node.name)
    ref = node.args[at] if at is not None and len(node.args) == 3 else None
    while isinstance(ref, Ref) and not step.is_leaf(ref):
        made = step.node(ref.node)
        if (made.name not in HANDS_ON and not _counts(made)) or len(made.parents) != 1:
            return ref
        ref = made.parents[0]
    return None


def _counts(node: Node) -> bool:
    """Whether it gives the numbers of the rows that are meant."""
    return node.name in _NUMBERS and len(node.args) == 1


def are_ends(tape: Tape, ref: Ref, value: Tensor | None, cell: Node) -> bool:
    """Whether it says yes or no of each row of a state, yes of some and no of others."""
    shape = tape.shape(ref)
    if value is None or not shape or shape[0] != cell.shapes[-1][-2] or any(size != 1 for size in shape[1:]):
        return False
    return value.dtype == torch.bool and bool(value.any()) and not bool(value.all())


def named_by(made: Node) -> tuple[str, Spot | None]:
    """The name that a call gives to a tensor which it returned, and the call; no name where that is not seen."""
    inner = made.spot
    if inner is None or inner.caller is None:
        return "", None
    names = assigned(statement_at(inner.code.co_filename, inner.line))
    function, outer = function_around(inner), inner.caller
    statement = statement_at(outer.code.co_filename, outer.line)
    if function is None or len(names) != 1 or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return "", None
    target = statement.targets[0]
    for item in ast.walk(function):
        returned = item.value if isinstance(item, ast.Return) else None
        pairs = [(returned, target)]
        if isinstance(returned, ast.Tuple) and isinstance(target, ast.Tuple):
            pairs = list(zip(returned.elts, target.elts, strict=False))
        for said, given in pairs:
            if isinstance(given, ast.Name) and _is_converted(said, names[0]):
                return given.id, outer
    return "", None


def _is_converted(said: ast.expr | None, name: str) -> bool:
    """Whether an expression is a name, or that in another dtype."""
    said = under_methods(said, _CONVERTS)
    return is_named(said, name)


def taken_on(outer: Spot, call: Spot) -> ast.Assign | None:
    """``state = new``, behind a call that says which rows begin anew: another one was given the old, and gave this.

    Args:
        outer: The call that says which rows.
        call: The one that was given the state.
    """
    file = outer.code.co_filename
    statement, step = statement_at(file, call.line), statement_at(file, outer.line)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call) or step is None:
        return None
    given = {item.id for item in statement.value.args if isinstance(item, ast.Name)}
    function = function_around(outer) or tree_of(file)
    for item in ast.walk(function) if function is not None else ():
        is_behind = isinstance(item, ast.Assign) and item.lineno > step.lineno > statement.lineno
        if not is_behind or not isinstance(item, ast.Assign) or item.col_offset != statement.col_offset:
            continue
        names = assigned(item)
        if len(names) == 1 and names[0] in given and isinstance(item.value, ast.Name):
            return item if item.value.id in assigned(statement) else None
    return None


def begun_there(file: str, state: ast.Assign, name: str) -> tuple[Edit, ...]:
    """The edit that lets the state begin anew where it is taken on."""
    return replaced_text(file, state.value, f"{ast.unparse(state.value)} * (1 - {name}.float())[:, None]")


def begun_behind(cell: Node, outer: Spot, call: Spot, name: str) -> tuple[Edit, ...]:
    """The edit that lets the state begin anew behind the call that says in which rows, where it goes by one name."""
    file = outer.code.co_filename
    statement, step = statement_at(file, call.line), statement_at(file, outer.line)
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call) or step is None:
        return ()
    given = {item.id for item in statement.value.args if isinstance(item, ast.Name)}
    states = [item.id for item in ast.walk(statement.targets[0]) if isinstance(item, ast.Name) and item.id in given]
    last = linecache.getline(file, step.end_lineno or step.lineno)
    if len(states) != 1 or "lstm" in cell.name or not last.isascii() or last[: step.col_offset].strip():
        return ()
    new = f"{last[: step.col_offset]}{states[0]} = {states[0]} * (~{name})[:, None]\n"
    return (Edit(file, step.end_lineno or step.lineno, step.end_lineno or step.lineno, last.rstrip("\n") + "\n" + new),)
