"""Rows that were picked anew for each row of something else, by a table of all pairs of the two."""

from __future__ import annotations

from shapecheck.capture.instruments.rows.belonging import belongs
from shapecheck.capture.instruments.rows.drawn_apart import made_of
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, HANDS_ON

_PICKS = frozenset(["multinomial", "argmin", "argmax", "min", "max", "topk"])
# The column of a place in a table that was flattened.
_COLUMNS = frozenset(["remainder", "fmod"])
# What makes chances of distances, number by number.
_FLAT = CUTS | {"div", "softmax", "neg", "mul", "exp", "sub", "add", "clamp", "log_softmax"}
_HOPS = 8


def picked_for_others(step: Step, source: Ref, by: Ref, first: int) -> Ref | None:
    """What rows of a source were picked for, a row of it each, where that has nothing to do with them; None if nothing.

    ``j = plan.multinomial(1)[:, 0]`` of a plan that was made of the distances between noise and the batch, or
    ``j = plan.flatten().multinomial(n) % n``.
    """
    rows = step.tape.shape(by)[0]
    table = _table(step, by, rows)
    if table is None or source in step.learned:
        return None
    for index in made_of(step.tape, table):
        node = step.node(index)
        if index >= first and node.shapes and node.shapes[0][:2] == (rows, rows):
            other = _other(step, node, source)
            if other is not None and not belongs(step, source, other):
                return other
    return None


def _table(step: Step, by: Ref, rows: int) -> Ref | None:
    """The table of which columns were picked, one for each row."""
    is_column = False
    for _, node in backwards(step.tape, by, HANDS_ON | _COLUMNS, _HOPS):
        is_column |= node.name in _COLUMNS and node.args[1:2] == (rows,)
        if node.name in _PICKS and node.parents:
            # What each row or column of a table is multiplied by comes in front of it as well as behind.
            tables = (ref for ref, _ in backwards(step.tape, node.parents[0], _FLAT if is_column else (), _HOPS))
            return next((table for table in tables if step.tape.shape(table) == (rows, rows)), None)
    return None


def _other(step: Step, node: Node, source: Ref) -> Ref | None:
    """What stands along the first axis of a table of pairs that has a source along the second."""
    if len(node.parents) != 2:
        return None
    with_source = [source.node in made_of(step.tape, ref) for ref in node.parents]
    return node.parents[0] if with_source == [False, True] else None
