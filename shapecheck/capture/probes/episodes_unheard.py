"""State of a recurrent agent that runs on while its world begins anew in some rows, and says so to nobody."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

import torch

from shapecheck.capture.instruments.names import assigned, function_around, is_unread
from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT
from shapecheck.findings import Fix

_PASSES = frozenset(["detach", "clone", "to", "contiguous", "__getitem__", "squeeze", "unsqueeze", "view", "reshape"])
_HOPS = 8


def unheard(step: Step) -> Iterator[Sighting]:
    """Rows that a world replaces by fresh ones, told in a result that is given a name which nobody reads.

    The agent's state goes from call to call as it came, and what the agent sees next is made of the fresh rows.
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
            if ends is None or not _are_ends(step, ends, cell):
                continue
            spot = _given_to_nobody(step.node(ends.node))
            if spot is not None:
                yield replace(_told(cell), span=spot.span)
                return


def _pairs(step: Step, cells: list[Node]) -> Iterator[tuple[Node, Node]]:
    """Calls of one layer of which the later one starts from what the earlier one has returned, as it was."""
    known = {node.index for node in cells}
    for node in cells:
        is_packed = len(node.args) == 9 and not isinstance(node.args[3], bool)
        ref = next(refs_in((node.args[2 if is_packed else 1],)), None)
        for _ in range(_HOPS):
            if ref is None or step._is_leaf(ref):
                break
            made = step.node(ref.node)
            if made.index in known and made.module is node.module:
                yield made, node
                break
            ref = made.parents[0] if made.name in _PASSES and len(made.parents) == 1 else None


def _which_rows(step: Step, node: Node) -> Ref | None:
    """By what rows are chosen that are replaced, as it was before it was given other axes."""
    at = {"where": 0, "__setitem__": 1}.get(node.name)
    ref = node.args[at] if at is not None and len(node.args) == 3 else None
    while isinstance(ref, Ref) and not step._is_leaf(ref):
        made = step.node(ref.node)
        if made.name not in _PASSES or len(made.parents) != 1:
            return ref
        ref = made.parents[0]
    return None


def _are_ends(step: Step, ref: Ref, cell: Node) -> bool:
    """Whether it says yes or no of each row of a state, yes of some and no of others."""
    shape = step.tape.shape(ref)
    if not shape or shape[0] != cell.shapes[-1][-2] or any(size != 1 for size in shape[1:]):
        return False
    value = step.value(ref)
    return value.dtype == torch.bool and bool(value.any()) and not bool(value.all())


def _given_to_nobody(made: Node) -> Spot | None:
    """The call that a tensor is returned from and that gives it a name which nobody reads."""
    inner = made.spot
    if inner is None or inner.caller is None:
        return None
    names = assigned(statement_at(inner.code.co_filename, inner.line))
    function, outer = function_around(inner), inner.caller
    statement = statement_at(outer.code.co_filename, outer.line)
    if function is None or len(names) != 1 or not isinstance(statement, ast.Assign):
        return None
    target = statement.targets[0]
    for item in ast.walk(function):
        returned = item.value if isinstance(item, ast.Return) else None
        if not isinstance(returned, ast.Tuple) or not isinstance(target, ast.Tuple):
            continue
        for said, given in zip(returned.elts, target.elts, strict=False):
            is_it = isinstance(said, ast.Name) and said.id == names[0] and isinstance(given, ast.Name)
            if is_it and is_unread(function_around(outer), statement, given.id):  # type: ignore[attr-defined]
                return outer
    return None


def _told(cell: Node) -> Sighting:
    line = cell.spot.line if cell.spot is not None else 0
    text = (
        f"what comes back here says which rows begin anew, and nobody reads it; the state that the {cell.name} in line "
        f"{line} starts from is what it returned before, as it was, in these rows too: they begin with what was "
        "remembered of what has ended"
    )
    fix = Fix("the state times (~done)[:, None], one factor a row", (), "no")
    return sighted("state_across_episodes", cell, text, (fix,))


__all__ = ["unheard"]


PROBE = Probe(
    "no state runs on where its world begins anew",
    lambda look: unheard(look.step),
)
