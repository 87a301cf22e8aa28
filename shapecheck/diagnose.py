"""Asks every known fault whether a problem is its own, and ranks the answers."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable, Sequence

from shapecheck.candidate import Candidate, Change, Verdict
from shapecheck.errors import let_through
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.fault import Fault, Recognition
from shapecheck.faults import all_faults
from shapecheck.findings import Certainty, Diagnosis, Edit, Fix, Operand, Place
from shapecheck.reading.called_twice import calls_twice
from shapecheck.reading.edits import edits_of

UNKNOWN_CODE = "SC000"
UNKNOWN_SLUG = "unrecognised"
# Candidates that cost more are shown where there is no other.
FAR_FETCHED = 1.5

Try = Callable[[Evidence, Candidate], Verdict | None]

_CERTAINTY: tuple[Certainty, ...] = ("proved", "likely", "possible")
_BROKEN = {
    "ndim": "the number of axes is not the expected one",
    "size": "a size is not the expected one",
    "dtype": "the dtype is not the expected one",
    "content": "the values are not in the expected order",
    "layout": "the layer takes the axes for others than the stage says",
    "type": "this is not a kind of object that the layer takes",
    "value": "a value is outside its range",
    "device": "the tensors are on different devices",
    "missing": "a tensor that is expected here is missing",
}
_ONLY_FITS = "it makes the call run, and nothing else speaks for it"
_NO_CAUSE = "no known fault fits this; what stands here are the facts, without a cause"


def diagnose(
    evidence: Evidence,
    *,
    attempt: Try | None = None,
    others: Callable[[Evidence], Sequence[Candidate]] | None = None,
    limit: int = 3,
) -> tuple[Diagnosis, ...]:
    """Name the cause of a problem.

    Args:
        evidence: Everything known about it.
        attempt: Tries a candidate fix on the failing call; None where it cannot tell. Without it nothing is tried.
        others: Makes candidates for any operation that failed, beside those of the fault itself.
        limit: How many fixes to keep a diagnosis.

    Returns:
        The diagnoses, the most certain first. If no fault says "mine", one that states the facts and no cause.
    """
    answers = [(fault, answer) for fault in all_faults() if (answer := _ask(fault, evidence)) is not None]
    if any(answer.weight > 0 for _, answer in answers):
        # A weight of nothing says "mine only if it is nobody else's".
        answers = [pair for pair in answers if pair[1].weight > 0]
    answers.sort(key=lambda pair: (_CERTAINTY.index(pair[1].certainty), -pair[1].weight, pair[0].code))
    more = tuple(others(evidence)) if others is not None and evidence.crash is not None else ()
    found = tuple(_diagnosis(fault, answer, more, evidence, attempt, limit) for fault, answer in answers)
    return found or (_facts(more, evidence, attempt, limit),)


def _ask(fault: Fault, evidence: Evidence) -> Recognition | None:
    try:
        return fault.recognise(evidence)
    except Exception as error:
        let_through(error)
        # One broken recogniser, perhaps somebody else's, must not take the other answers along.
        warnings.warn(f"the fault {fault.slug!r} could not be asked: {error!r}", stacklevel=3)
        return None


def _diagnosis(
    fault: Fault,
    answer: Recognition,
    more: Sequence[Candidate],
    evidence: Evidence,
    attempt: Try | None,
    limit: int,
) -> Diagnosis:
    ranked = _ranked((*answer.candidates, *more), evidence, attempt)
    tried = _fixes(ranked)[:limit]
    # Advice that is no edit of the user's lines is worth its place only where there is no better.
    fixes = tuple(tried) or answer.fixes
    return Diagnosis(
        code=fault.code,
        slug=fault.slug,
        headline=fault.headline,
        explanation=answer.because,
        severity=answer.severity or fault.severity,
        certainty=answer.certainty,
        violation=evidence.violation,
        place=_place(ranked[0][0] if ranked else None, answer.place, evidence),
        crash_line=evidence.crash.line if evidence.crash is not None else None,
        evidence=_operands(evidence.operation),
        fixes=fixes,
    )


def _facts(more: Sequence[Candidate], evidence: Evidence, attempt: Try | None, limit: int) -> Diagnosis:
    ranked = _ranked(more, evidence, attempt)
    violation = evidence.violation
    reason = "" if violation is None else violation.reason
    return Diagnosis(
        code=UNKNOWN_CODE,
        slug=UNKNOWN_SLUG,
        headline="the call failed" if violation is None else _BROKEN[violation.kind],
        explanation=reason or (_NO_CAUSE if evidence.crash is not None else ""),
        violation=violation,
        place=_place(ranked[0][0] if ranked else None, None, evidence),
        crash_line=evidence.crash.line if evidence.crash is not None else None,
        evidence=_operands(evidence.operation),
        fixes=tuple(_fixes(ranked)[:limit]),
    )


def _ranked(
    candidates: Sequence[Candidate], evidence: Evidence, attempt: Try | None
) -> list[tuple[Candidate, Verdict | None]]:
    """The candidates with what the trial said, the best first; those that were refused are left out.

    So are those that would call something of the script once more than it is called.
    """
    candidates = [item for item in candidates if not calls_twice(item.changes)]
    tried = [(item, attempt(evidence, item) if attempt is not None and item.trial else None) for item in candidates]
    kept = [(item, verdict) for item, verdict in tried if verdict is None or verdict.accepted]
    kept.sort(key=_cost)
    # What only makes sizes fit may stand in for what is meant, never beside it: it would run, and be wrong.
    likely = [pair for pair in kept if _cost(pair) < FAR_FETCHED]
    return likely or kept


def _cost(pair: tuple[Candidate, Verdict | None]) -> float:
    return pair[0].cost + (pair[1].penalty if pair[1] else 0.0)


def _fixes(ranked: Sequence[tuple[Candidate, Verdict | None]]) -> list[Fix]:
    fixes: list[Fix] = []
    for item, verdict in ranked:
        edits = _edits(item.changes)
        # Several files of remedies may come to one and the same change.
        if edits and all(edits != each.edits for each in fixes):
            accepted, cost = verdict is not None, _cost((item, verdict))
            # What was thought of for no reason but that the sizes then fit is never more than a guess.
            doubt = item.doubt or (_ONLY_FITS if cost >= FAR_FETCHED else "")
            outcome = verdict.outcome if verdict else ""
            fixes.append(Fix(item.title, edits, "call" if accepted else "no", outcome, doubt, cost))
    return fixes


def _edits(changes: Sequence[Change]) -> tuple[Edit, ...]:
    edits: list[Edit] = []
    for file in dict.fromkeys(change.span.file for change in changes):
        text = "".join(linecache.getlines(file))
        try:
            edits += edits_of(text, [change for change in changes if change.span.file == file])
        except ValueError:
            # The file is not what was run any more.
            return ()
    return tuple(edits)


def _place(candidate: Candidate | None, place: Span | None, evidence: Evidence) -> Place | None:
    if candidate is not None and candidate.changes:
        # What is only put in, as a class that the change needs, stands where nothing is wrong.
        place = next((each.span for each in candidate.changes if _is_text(each.span)), candidate.changes[0].span)
    if place is None:
        operation, frame = evidence.operation, evidence.user_frame
        place = frame.statement if frame is not None else operation.span if operation is not None else None
    if place is None:
        return None
    lines = linecache.getlines(place.file)[place.line - 1 : place.end_line]
    return Place(place.file, place.line, place.end_line, "".join(lines) or place.text)


def _is_text(span: Span) -> bool:
    return (span.line, span.column) != (span.end_line, span.end_column)


def _operands(operation: Operation | None) -> tuple[Operand, ...]:
    if operation is None:
        return ()
    return tuple(
        Operand(item.expression, item.value.record.shape, item.value.record.dims)
        for item in operation.arguments
        if item.value.record is not None
    )
