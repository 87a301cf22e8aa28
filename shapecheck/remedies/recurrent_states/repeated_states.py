"""A state that was repeated along its layers, where there are more samples: the beams of a search, a group of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import RECURRENT, STATES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.recurrent_states.state_of_cells import both_states

_COST = 0.03
_REPEAT = ("repeat", "tile", "expand")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``h.repeat(1, beams, 1)`` for ``h.repeat(beams, 1, 1)``; of an LSTM's pair both at once."""
    operation = failed(evidence, *RECURRENT)
    if operation is None:
        return []
    items = [item for role in STATES if (item := operand(operation, role)) is not None]
    ways = [list(_repeated(evidence, operation, item)) for item in items]
    return list(both_states(*ways)) if len(ways) == 2 else [each for way in ways for each in way]


def _repeated(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    sizes, (layers, batch, width) = sizes_of(item), state_sizes(operation, item.role)
    if batch is None or batch < 2 or sizes != (layers * batch, 1, width):
        return
    for origin in made_or_written(evidence, item):
        call = call_of(origin.span)
        if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in _REPEAT:
            continue
        given = [piece(origin.span, each) for each in call.args]
        if len(given) == 3 and worked_out(evidence, given[0]) == batch:
            changes = tuple(Change(place, other.text) for place, other in ((given[0], given[1]), (given[1], given[0])))
            text = f".{call.func.attr}({given[1].text}, {given[0].text}, {given[2].text})"
            yield Candidate(text, changes, (Step("set_size", item.role, (layers, batch, width)),), _COST)
            return
