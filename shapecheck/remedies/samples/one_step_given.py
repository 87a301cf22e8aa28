"""A step that a loop hands to a model without the axis of its steps, or of its only sample, which was there before."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.drawn_tokens import BRANCHES, are_drawn_at_once
from shapecheck.reading.edits import suffixed
from shapecheck.reading.entries import entry_of
from shapecheck.reading.failing import RECURRENT, STATES, failed, operand, shape

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``model(token.unsqueeze(0), state)``, where the layer inside read all three axes in the calls before."""
    operation = failed(evidence, *RECURRENT)
    item = operand(operation, "input") if operation is not None else None
    if operation is None or item is None:
        return []
    given, state, entry = shape(operation, "input"), shape(operation, *STATES), entry_of(evidence, item)
    if entry is None or given is None or len(given) != 2 or state is None or len(state) != 3:
        return []
    before = [call.inputs[0].ndim for call in evidence.earlier if call.inputs]
    count, samples = given[0], state[1]
    if set(before) != {3} or entry.record.shape[:1] != (count,) or (count != samples and samples != 1):
        return []
    is_first = bool(operation.config.get("batch_first"))
    # As many as samples: one step of each. Else several steps of the only one.
    axis = int(is_first) if count == samples > 1 else 0 if is_first or count == samples else 1
    change = suffixed(entry.place, f".unsqueeze({axis})")
    doubt = BRANCHES if count > samples and are_drawn_at_once(evidence, entry.place) else ""
    return [Candidate(change.text, (change,), (), _COST, doubt)]
