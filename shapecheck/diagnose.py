"""Asks every known fault whether a problem is its own, and ranks the answers."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults import all_faults
from shapecheck.findings import Certainty, Diagnosis

UNKNOWN_CODE = "SC000"
UNKNOWN_SLUG = "unrecognised"

_CERTAINTY: tuple[Certainty, ...] = ("proved", "likely", "possible")
_BROKEN = {
    "ndim": "the number of axes is not the expected one",
    "size": "a size is not the expected one",
    "dtype": "the dtype is not the expected one",
    "content": "the values are not in the expected order",
    "type": "this is not a kind of object that the layer takes",
    "value": "a value is outside its range",
    "device": "the tensors are on different devices",
    "missing": "a tensor that is expected here is missing",
}


def diagnose(evidence: Evidence) -> tuple[Diagnosis, ...]:
    """Name the cause of a problem.

    Args:
        evidence: Everything known about it.

    Returns:
        The diagnoses, the most certain first. If no fault says "mine", one that states the facts and no cause.
    """
    answers = [(fault, answer) for fault in all_faults() if (answer := fault.recognise(evidence)) is not None]
    answers.sort(key=lambda pair: (_CERTAINTY.index(pair[1].certainty), -pair[1].weight, pair[0].code))
    return tuple(_diagnosis(fault, answer, evidence) for fault, answer in answers) or (_facts(evidence),)


def _diagnosis(fault: Fault, answer: Recognition, evidence: Evidence) -> Diagnosis:
    return Diagnosis(
        code=fault.code,
        slug=fault.slug,
        headline=fault.headline,
        explanation=answer.because,
        severity=answer.severity or fault.severity,
        certainty=answer.certainty,
        violation=evidence.violation,
        fixes=answer.fixes,
    )


def _facts(evidence: Evidence) -> Diagnosis:
    violation = evidence.violation
    return Diagnosis(
        code=UNKNOWN_CODE,
        slug=UNKNOWN_SLUG,
        headline="the call failed" if violation is None else _BROKEN[violation.kind],
        explanation="" if violation is None else violation.reason,
        violation=violation,
    )
