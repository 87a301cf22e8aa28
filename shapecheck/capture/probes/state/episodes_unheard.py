"""State of a recurrent agent that runs on while its world begins anew in some rows, and says so to nobody."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import replace

import torch

from shapecheck.capture.instruments.padding.arguments_left_out import LeftOut, left_out
from shapecheck.capture.instruments.steps.episode_ends import (
    begins_anew,
    cuts_a_chain,
    cuts_the_next,
    is_told_to_a_model,
)
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import assigned, function_around, is_unread
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.capture.recording.vocabulary import CELLS, HANDS_ON, RECURRENT
from shapecheck.findings import Edit, Fix

_CONVERTS = frozenset(["float", "long", "int", "bool", "to", "clone", "detach", "double"])
_NUMBERS = frozenset(["nonzero", "where", "argwhere", "flatten"])


def unheard(step: Step) -> Iterator[Sighting]:
    """Rows that a world replaces by fresh ones, as it says in a result that nobody reads, or that the agent asks for.

    The agent's state goes from call to call as it came, and what the agent sees next is made of the fresh rows. Where
    it is read, the same must keep the rewards of what comes next out of what was before, and be told to no model.
    """
    cells = [step.node(index) for index in sorted(step.to_loss) if step.node(index).name in CELLS | RECURRENT]
    handed = [(before, node) for before, node in _pairs(step, cells)]
    if not handed or len(handed) < len(cells) - len({id(node.module) for node in cells}):
        return
    for before, cell in handed:
        seen = set(ancestors(step.tape, list(refs_in((cell.args[0],))), before.index))
        for index in sorted(seen):
            node = step.node(index)
            ends = _which_rows(step, node) if node.root < 0 else None
            if ends is None or not _are_ends(step, ends, cell) or not begins_anew(step, node):
                continue
            made = step.node(ends.node)
            name, outer = _given(made)
            asked = _asked_for(cell, outer) if name else None
            if asked is not None:
                yield _never_given(cell, asked, name)
                return
            if outer is not None and _is_given_to_nobody(outer, name):
                yield replace(_told(cell), span=outer.span)
                return
            if (cuts_the_next(step, ends) or cuts_a_chain(step, ends)) and not is_told_to_a_model(step, ends):
                yield _cut_elsewhere(before, cell, made, (name, outer))
                return


def _pairs(step: Step, cells: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Calls of one layer of which the later one starts from what the earlier one has returned, as it was."""
    known = {node.index for node in cells}
    for node in cells:
        is_packed = len(node.args) == 9 and not isinstance(node.args[3], bool)
        ref = next(refs_in((node.args[2 if is_packed else 1],)), None)
        if ref is not None:
            _, made = origin(step.tape, ref, HANDS_ON, first=step.first, is_alone=True)
            if made.index in known and made.module is node.module:
                yield made, node


def _which_rows(step: Step, node: Node) -> Ref | None:
    """By what rows are chosen that are replaced, as it was before it was given other axes."""
    at = {"where": 0, "__setitem__": 1}.get(node.name)
    ref = node.args[at] if at is not None and len(node.args) == 3 else None
    while isinstance(ref, Ref) and not step._is_leaf(ref):
        made = step.node(ref.node)
        if (made.name not in HANDS_ON and not _counts(made)) or len(made.parents) != 1:
            return ref
        ref = made.parents[0]
    return None


def _counts(node: Node) -> bool:
    """Whether it gives the numbers of the rows that are meant."""
    return node.name in _NUMBERS and len(node.args) == 1


def _are_ends(step: Step, ref: Ref, cell: Node) -> bool:
    """Whether it says yes or no of each row of a state, yes of some and no of others."""
    shape = step.tape.shape(ref)
    if not shape or shape[0] != cell.shapes[-1][-2] or any(size != 1 for size in shape[1:]):
        return False
    value = step.value(ref)
    return value.dtype == torch.bool and bool(value.any()) and not bool(value.all())


def _given(made: Node) -> tuple[str, Spot | None]:
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
    while isinstance(said, ast.Call) and isinstance(said.func, ast.Attribute) and said.func.attr in _CONVERTS:
        said = said.func.value
    return isinstance(said, ast.Name) and said.id == name


def _is_given_to_nobody(outer: Spot, name: str) -> bool:
    return is_unread(function_around(outer), statement_at(outer.code.co_filename, outer.line), name)


def _asked_for(cell: Node, outer: Spot | None) -> LeftOut | None:
    """The optional argument by which a model would cut its state, and which the function at hand never gives it."""
    if cell.spot is None or outer is None:
        return None
    found = [one for one in left_out(cell.spot) if one.spot.code is outer.code]
    return found[0] if len(found) == 1 else None


def _never_given(cell: Node, asked: LeftOut, name: str) -> Sighting:
    text = (
        f"`{name}` says which rows of the world begin anew; {ast.unparse(asked.call.func)}() would cut its state by "
        f"{asked.name!r}, and is not given it: in these rows the {cell.name} starts from what it returned before, as "
        "it was, and begins with what was remembered of what has ended"
    )
    fix = Fix(f"{asked.name}={name}", asked.given(name), "no")
    return replace(sighted("state_across_episodes", cell, text, (fix,)), span=asked.spot.span)


def _told(cell: Node) -> Sighting:
    line = cell.spot.line if cell.spot is not None else 0
    text = (
        f"what comes back here says which rows begin anew, and nobody reads it; the state that the {cell.name} in line "
        f"{line} starts from is what it returned before, as it was, in these rows too: they begin with what was "
        "remembered of what has ended"
    )
    fix = Fix("the state times (~done)[:, None], one factor a row", (), "no")
    return sighted("state_across_episodes", cell, text, (fix,))


def _cut_elsewhere(before: Node, cell: Node, made: Node, given: tuple[str, Spot | None]) -> Sighting:
    """The ends are read, and only for what the rewards are worth."""
    name, outer = given
    said = f"`{name}` says" if name else "it is known"
    text = (
        f"{said} which rows begin anew: there the rewards to come are cut off, and what the agent sees next is fresh; "
        f"the state that the {cell.name} starts from is what it returned before, as it was, in these rows too: they "
        "begin with what was remembered of what has ended"
    )
    call, around = before.spot, outer or made.spot
    while call is not None and around is not None and call.code is not around.code:
        call = call.caller
    edits = _begun_anew(cell, outer, call, name) if outer is not None and call is not None and name else ()
    fix = Fix("the state times (~done)[:, None], one factor a row", edits, "no")
    place = outer or call or cell.spot
    seen = sighted("state_across_episodes", cell, text, (fix,))
    return seen if place is None else replace(seen, span=place.span)


def _begun_anew(cell: Node, outer: Spot, call: Spot, name: str) -> tuple[Edit, ...]:
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


__all__ = ["unheard"]


PROBE = Probe(
    "no state runs on where its world begins anew",
    lambda look: unheard(look.step),
)
