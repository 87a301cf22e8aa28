"""Places of the best among rows that were picked or sorted, by which rows of the whole are taken."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.rows.picked_by_numbers import (
    Picked,
    lie_as_picked,
    looked_at_from,
    picked_rows,
    value_from,
)
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.edits import as_primary
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COMPARES, CONVERTS, SORTS
from shapecheck.findings import Fix

_SEARCHES = SORTS | {"argmax", "argmin", "max", "min", "multinomial"}
# What keeps places as they are, or fewer of them.
_HANDS_ON = CONVERTS | {"__getitem__", "flip", "squeeze", "unsqueeze", "view", "reshape", "flatten", "cpu", "tolist"}
# What picks some of all rows, or all of them in another order.
_PICKS_SOME = frozenset(["nonzero", "where", "multinomial", "randperm"])
# What says of each row which one belongs to it.
_NAMES_OTHERS = frozenset(["argmin", "argmax", "min", "max", "arange", "add", "sub", "roll", "remainder"])
_LEAST = 3


def selected_among_others(step: Step) -> Iterator[Sighting]:
    """``pool[score(pool[free]).topk(3).indices]``: the places count the free ones, and pick from all."""
    tape, first = step.tape, looked_at_from(step)
    picks = [
        (node, picked)
        for node in tape.nodes[first : step.last]
        if node.root < 0 and (picked := picked_rows(step, node)) is not None
    ]
    taken: dict[Ref, set[Ref]] = {}
    for _, picked in picks:
        taken.setdefault(picked.by, set()).add(picked.source)
    for node in step.recorded:
        used = _used(step, node) if node.root < 0 else None
        search = _search(step, used.by, first) if used is not None else None
        if used is None or search is None:
            continue
        scores = search.parents[0]
        size = tape.shape(scores)[0]
        for by, sources in taken.items():
            if used.source not in _alike(step, by, sources) or by == used.by:
                continue
            pick = lie_as_picked(step, scores, by, size, first)
            if pick is None or pick.root >= 0 or pick.shapes[0][:1] != (size,) or not _moves(step, by, size, first):
                continue
            if _are_partners(step, by, tape.shape(pick.parents[0])[0]):
                continue
            if lie_as_picked(step, pick.parents[0], by, size, first) is not None:
                # They were picked twice by the same numbers: that is told where it is done.
                continue
            where = f" (line {pick.spot.line})" if pick.spot is not None else ""
            text = (
                f"the scores are those of {size} rows that were picked by another tensor{where}, and the places that "
                f"{search.name} finds among them are used for the {tape.shape(used.source)[0]} rows as they were before"
            )
            title = f"take from the rows that were picked, or {_written(step, pick, by)}[places] from all"
            yield sighted("selected_among_others", node, text, (Fix(title, (), "no"),))
            return


def _used(step: Step, node: Node) -> Picked | None:
    """Rows that are taken, or written to, by numbers."""
    if node.name == "__setitem__" and len(node.args) > 2 and node.parents:
        by = node.index_parts[0]
        found = Picked(node.parents[0], by) if isinstance(by, Ref) else None
    else:
        found = picked_rows(step, node)
        if found is None and node.name == "__getitem__" and len(node.args) > 1:
            by = node.index_parts[0]
            found = Picked(node.parents[0], by) if isinstance(by, Ref) and by != node.parents[0] else None
    if found is None or step.tape.dtype(found.by) == torch.bool or step.tape.dtype(found.by).is_floating_point:
        return None
    return found


def _search(step: Step, by: Ref, first: int) -> Node | None:
    """The search among one number for each row that found some places."""
    for ref, node in backwards(step.tape, by, _HANDS_ON, first=first, is_alone=True):
        if node.name in _SEARCHES and node.parents:
            is_places = node.name in ("argmax", "argmin", "argsort", "multinomial") or ref.out == 1
            shape = step.tape.shape(node.parents[0])
            return node if is_places and len(shape) == 1 and shape[0] >= _LEAST else None
    return None


def _alike(step: Step, by: Ref, sources: set[Ref]) -> set[Ref]:
    """What was picked from, and a mask itself, with what it is the opposite of: all of them count all rows."""
    _, node = origin(step.tape, by, CONVERTS)
    above = {by, *node.parents[:1]} if step.tape.dtype(by) == torch.bool else set()
    rows = {step.tape.shape(source)[:1] for source in sources}
    return sources | {ref for ref in above if step.tape.shape(ref)[:1] in rows}


def _moves(step: Step, by: Ref, size: int, first: int) -> bool:
    """Whether a row that is picked comes to another place than it had: as data decide it, where that is lost."""
    value = value_from(step, by, first)
    if value is None:
        _, made = origin(step.tape, by, CONVERTS)
        is_by_data = any(step.tape.dtype(ref).is_floating_point for ref in made.parents)
        return made.name in SORTS or (made.name in COMPARES and is_by_data)
    places = value.nonzero().flatten() if value.dtype == torch.bool else value
    return len(places) == size and places.tolist() != [*range(size)]


def _are_partners(step: Step, by: Ref, count: int) -> bool:
    """Whether numbers may name a row for each of the rows themselves: its nearest one, its pair, the one behind it.

    Args:
        step: The step.
        by: The numbers, or a mask.
        count: How many rows they pick from.
    """
    *_, (_, made) = backwards(step.tape, by, _HANDS_ON)
    if step.tape.dtype(by) == torch.bool or made.name in _PICKS_SOME:
        return False
    if made.name in SORTS:
        return len(step.tape.shape(made.parents[0])) != 1
    return made.name in _NAMES_OTHERS or step.tape.shape(by)[0] >= count


def _written(step: Step, pick: Node, by: Ref) -> str:
    """By which numbers rows were picked, as it is written."""
    found = node_at(pick, ast.Subscript)
    text = as_primary(found.slice) if isinstance(found, ast.Subscript) else "order"
    return f"{text}.nonzero().flatten()" if step.tape.dtype(by) == torch.bool else text


PROBE = Probe(
    "what is found among some rows is taken from these",
    lambda look: selected_among_others(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
