"""Rows that were put into the order of a sort, and are to be put back by that order itself and not by its reverse."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.rows.picked_by_numbers import (
    lie_as_picked,
    looked_at_from,
    picked_rows,
    value_from,
)
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.edits import as_primary, replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, SORTS
from shapecheck.findings import Edit, Fix

# An order of two rows is its own reverse.
_LEAST = 3


def put_back_by_the_order(step: Step) -> Iterator[Sighting]:
    """``score(x[order])[order]``: row k is that of sample ``order[order[k]]``.

    What a loss learns of is looked at by its behaviour; this is about what is kept, printed or selected by.
    """
    tape, first = step.tape, looked_at_from(step)
    for node in step.recorded:
        is_learned = node.graded and node.index in step.to_loss
        picked = picked_rows(step, node) if node.root < 0 and not is_learned else None
        if picked is None:
            continue
        rows = tape.shape(picked.by)
        _, by = origin(step.tape, picked.by, CONVERTS)
        is_order = by.name in SORTS and rows[0] >= _LEAST and tape.shape(picked.source)[:1] == rows
        if not is_order or tape.dtype(picked.by).is_floating_point or _is_way_back(step, by):
            continue
        sort = lie_as_picked(step, picked.source, picked.by, rows[0], first)
        if sort is None or sort.root >= 0 or sort.shapes[0][:1] != rows or _is_its_own_reverse(step, picked.by, first):
            continue
        where = f" (line {sort.spot.line})" if sort.spot is not None else ""
        text = (
            f"{rows[0]} rows were put into the order of a sort{where}, and what was made of them is picked by the "
            "same numbers: they say which sample comes to place k, not at which place sample k is"
        )
        fix = Fix("the order of the order: order.argsort()", _reversed(node), "no")
        yield sighted("put_back_by_the_order", node, text, (fix,))
        return


def _is_way_back(step: Step, by: Node) -> bool:
    """Whether an order is that of an order: the way back from it."""
    return bool(by.parents) and origin(step.tape, by.parents[0], CONVERTS)[1].name in SORTS


def _is_its_own_reverse(step: Step, by: Ref, first: int) -> bool:
    """Whether the order is the same twice; so is one that leaves the rows as they came. Not if it is not known."""
    value = value_from(step, by, first)
    if value is None:
        return False
    order = value.tolist()
    return sorted(order) != [*range(len(order))] or [order[place] for place in order] == [*range(len(order))]


def _reversed(node: Node) -> tuple[Edit, ...]:
    found = node_at(node, ast.Subscript if node.name == "__getitem__" else ast.Call)
    given: ast.expr | None = None
    if isinstance(found, ast.Subscript):
        given = found.slice
    elif isinstance(found, ast.Call) and found.args:
        given = found.args[-1]
    if given is None or node.spot is None or not isinstance(given, ast.Name | ast.Attribute):
        return ()
    return replaced_text(node.spot.code.co_filename, given, f"{as_primary(given)}.argsort()")


PROBE = Probe(
    "rows that were sorted are put back by the reverse of their order",
    lambda look: put_back_by_the_order(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
