"""Whether a recurrent layer is given its data the other way round than in the calls that went well before."""

from __future__ import annotations

from dataclasses import dataclass

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import RECURRENT, STATES, Shape, failed, shape
from shapecheck.reading.recurrent.recurrent_calls import batch_of
from shapecheck.records import CallRecord

LIES_OTHERWISE = "the layer would take for the samples what it took for the steps before"


@dataclass(frozen=True, slots=True)
class TurnedRound:
    """A call whose samples lie where those of the calls before had their steps.

    Args:
        given: The shape of its input.
        rows: For how many samples the state was made: as many as lie along the axis that the layer takes for the steps.
        before: The shape of the input of a call that went well.
    """

    given: Shape
    rows: int
    before: Shape


def turned_round(evidence: Evidence) -> TurnedRound | None:
    """A call that a state shows to be turned round, behind one in which input and state went together.

    The same layer told the other layout would have refused the call before: it is the data that lie otherwise.
    """
    operation = failed(evidence, *RECURRENT)
    if operation is None:
        return None
    given, state = shape(operation, "input"), shape(operation, *STATES)
    if given is None or state is None or len(given) != 3 or len(state) != 3 or state[1] == batch_of(operation):
        return None
    steps = 1 if operation.config.get("batch_first") else 0
    if state[1] != given[steps] or state[1] == 1:
        # A single one is told by nothing from another single one.
        return None
    for call in evidence.earlier:
        before = _told_apart(call, steps)
        # A state of the calls before, which was kept, says nothing of data that have not their sizes.
        if before is not None and (state[1] != before[1 - steps] or given[1 - steps] == before[steps]):
            return TurnedRound(given, state[1], before)
    return None


def _told_apart(call: CallRecord, steps: int) -> Shape | None:
    """The input of a call whose state has as many samples as it has, and not as many as it has steps."""
    held = {each.role: each.shape for each in call.inputs}
    given, state = held.get("input", ()), held.get("h_0", ())
    is_told = len(given) == len(state) == 3 and state[1] == given[1 - steps] != given[steps]
    return given if is_told else None
