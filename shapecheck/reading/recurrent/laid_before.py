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
    if state[1] in _samples_before(evidence, given, steps):
        # The state was kept from a call before, which had so many samples.
        return None
    for call in evidence.earlier:
        before = _told_apart(call, steps)
        # A state of the calls before, which was kept, says nothing of data that have not their sizes.
        if before is not None and (state[1] != before[1 - steps] or given[1 - steps] == before[steps]):
            return TurnedRound(given, state[1], before)
    return None


def is_laid_as_before(evidence: Evidence) -> bool:
    """Whether the layer, told the other layout, would have refused a call that went well before."""
    operation = failed(evidence, *RECURRENT)
    if operation is None:
        return False
    steps = 1 if operation.config.get("batch_first") else 0
    return any(_told_apart(call, steps) is not None for call in evidence.earlier)


def is_kept_from_other_samples(evidence: Evidence, rows: int) -> bool:
    """Whether the layer had so many samples in a call before, as many as the state is of that it is given now.

    Args:
        evidence: The problem.
        rows: How many samples the state is of.
    """
    operation = failed(evidence, *RECURRENT)
    given = shape(operation, "input") if operation is not None else None
    if operation is None or given is None or len(given) != 3:
        return False
    return rows in _samples_before(evidence, given, 1 if operation.config.get("batch_first") else 0)


def _samples_before(evidence: Evidence, given: Shape, steps: int) -> set[int]:
    """How many samples there were in the calls before that had as many steps."""
    held = (each.shape for call in evidence.earlier for each in call.inputs if each.role == "input")
    alike = (each for each in held if len(each) == 3 and (each[steps], each[2]) == (given[steps], given[2]))
    return {each[1 - steps] for each in alike}


def _told_apart(call: CallRecord, steps: int) -> Shape | None:
    """The input of a call whose state has as many samples as it has, and not as many as it has steps."""
    held = {each.role: each.shape for each in call.inputs}
    given, state = held.get("input", ()), held.get("h_0", ())
    is_told = len(given) == len(state) == 3 and state[1] == given[1 - steps] != given[steps]
    return given if is_told else None
