"""Asks every known fault whether a problem is its own, and ranks the answers."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Stop, Verdict
from shapecheck.errors import let_through
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.fault import Fault, Recognition
from shapecheck.faults import all_faults
from shapecheck.findings import Certainty, Diagnosis, Edit, Fix, Operand, Place
from shapecheck.reading.called_twice import calls_twice
from shapecheck.reading.edits import edits_of
from shapecheck.reading.mixed_views import MIXED, doubted_for_mixed, mixed_views

UNKNOWN_CODE = "SC000"
UNKNOWN_SLUG = "unrecognised"
# Candidates that cost more are shown where there is no other.
FAR_FETCHED = 1.5

Try = Callable[[Evidence, Candidate], Verdict | None]
# Whether the lines behind the one that failed go on with a candidate's changes; None where that is not known.
Ahead = Callable[[Sequence[Change]], bool | None]
# How far the script comes with a candidate's changes, where a line is refused.
HowFar = Callable[[Sequence[Change]], Stop]
# So many candidates are read on from where the likeliest one only fails farther on.
READ_ON = 24
# So many small changes of which each may be what is meant are.
SLIPS = 64
# What the one of them costs with which alone all goes on.
_ALONE = 0.5

_Tried = tuple[Candidate, Verdict | None]
_Readers = tuple[Ahead | None, HowFar | None]

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
# So much more than the likeliest a change may cost with which, other than with that one, the lines behind go on. In
# 459 small mistakes made by a program those that were meant cost at most 0.55 more.
_TOO_FAR = 1.0
# The same of a change against which something else speaks.
_TOO_FAR_IN_DOUBT = 0.2
# What costs less has more for it than that the sizes fit, and may name the fault.
_SPEAKS = 0.25
# The same where the fault so far is one that only says how it surfaced.
_SPEAKS_MORE = 0.3
_AGAIN = "the line that failed would be refused with it as well"
_ONLY_FITS = "it makes the call run, and nothing else speaks for it"
_NO_CAUSE = "no known fault fits this; what stands here are the facts, without a cause"


def diagnose(
    evidence: Evidence,
    *,
    attempt: Try | None = None,
    others: Callable[[Evidence], Sequence[Candidate]] | None = None,
    ahead: Ahead | None = None,
    how_far: HowFar | None = None,
    limit: int = 3,
) -> tuple[Diagnosis, ...]:
    """Name the cause of a problem.

    Args:
        evidence: Everything known about it.
        attempt: Tries a candidate fix on the failing call; None where it cannot tell. Without it nothing is tried.
        others: Makes candidates for any operation that failed, beside those of the fault itself.
        ahead: Tells of changes whether the lines behind the one that failed go on with them.
        how_far: Tells where it is that they do not.
        limit: How many fixes to keep a diagnosis.

    Returns:
        The diagnoses, the most certain first. If no fault says "mine", one that states the facts and no cause.
    """
    answers = [(fault, answer) for fault in all_faults() if (answer := _ask(fault, evidence)) is not None]
    if any(answer.weight > 0 for _, answer in answers):
        # A weight of nothing says "mine only if it is nobody else's".
        answers = [pair for pair in answers if pair[1].weight > 0]
    answers.sort(key=lambda pair: (_CERTAINTY.index(pair[1].certainty), -pair[1].weight, pair[0].number))
    more = tuple(others(evidence)) if others is not None and evidence.crash is not None else ()
    found = [_diagnosis(fault, answer, more, evidence, attempt, (ahead, how_far), limit) for fault, answer in answers]
    found = found or [_facts(more, evidence, attempt, (ahead, how_far), limit)]
    # One cause may surface as several faults.
    return tuple(each for at, each in enumerate(found) if each.code not in {one.code for one in found[:at]})


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
    readers: _Readers,
    limit: int,
) -> Diagnosis:
    ranked = _read_on(_ranked((*answer.candidates, *more), evidence, attempt), *readers, _line(evidence))
    tried = _fixes(ranked)[:limit]
    # Advice that is no edit of the user's lines is worth its place only where there is no better.
    fixes = tuple(tried) or answer.fixes
    found = Diagnosis(
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
    is_own = any(ranked and each.changes == ranked[0][0].changes for each in answer.candidates)
    return found if is_own else _by_cause(found, ranked, _SPEAKS if answer.weight > 0 else _SPEAKS_MORE)


def _facts(
    more: Sequence[Candidate], evidence: Evidence, attempt: Try | None, readers: _Readers, limit: int
) -> Diagnosis:
    ranked = _read_on(_ranked(more, evidence, attempt), *readers, _line(evidence))
    violation = evidence.violation
    reason = "" if violation is None else violation.reason
    found = Diagnosis(
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
    return _by_cause(found, ranked, FAR_FETCHED)


def _by_cause(found: Diagnosis, ranked: Sequence[_Tried], most: float) -> Diagnosis:
    """The same under the name of the fault that there is if the likeliest change is what was meant.

    That two sizes do not go together is how many faults surface; what mends them tells them apart. A change that costs
    as much as the most, or more, only fits.
    """
    item = ranked[0][0] if ranked else None
    fault = next((each for each in all_faults() if item is not None and each.slug == item.cause), None)
    if item is None or fault is None or item.doubt or item.cost >= most or fault.code == found.code:
        return found
    facts = f"; here: {found.explanation}" if found.code != UNKNOWN_CODE and found.explanation else "."
    return replace(
        found,
        code=fault.code,
        slug=fault.slug,
        headline=fault.headline,
        severity=fault.severity,
        explanation=f"{_first_sentence(fault.why)}{facts}",
        certainty="possible" if found.certainty == "possible" else "likely",
    )


def _first_sentence(text: str) -> str:
    """The first sentence, as it stands behind a colon."""
    word = text.partition(" ")[0]
    text = text.partition(". ")[0].rstrip(".")
    return text[:1].lower() + text[1:] if word.istitle() and word.isalpha() else text


def _ranked(candidates: Sequence[Candidate], evidence: Evidence, attempt: Try | None) -> list[_Tried]:
    """The candidates with what the trial said, the best first; those that were refused are left out.

    So are those that would call something of the script once more than it is called, or leave it as it is.
    """
    candidates = [item for item in candidates if not calls_twice(item.changes) and not _is_idle(item)]
    views = list(mixed_views(evidence))
    candidates = [doubted_for_mixed(views, item) for item in candidates]
    tried = [(item, attempt(evidence, item) if attempt is not None and item.trial else None) for item in candidates]
    kept = [(item, verdict) for item, verdict in tried if verdict is None or verdict.accepted]
    kept.sort(key=_cost)
    return kept


def _is_idle(item: Candidate) -> bool:
    # Where something is only taken out, the text of the place need not be known.
    return bool(item.changes) and all(change.text == change.span.text != "" for change in item.changes)


def _line(evidence: Evidence) -> Span | None:
    """The statement that failed."""
    return evidence.user_frame.statement if evidence.user_frame is not None else None


def _read_on(kept: list[_Tried], ahead: Ahead | None, how_far: HowFar | None, line: Span | None) -> list[_Tried]:
    """The same, with the first with which the lines behind go on in front, where they do not with the likeliest.

    A line behind that would be refused with the likeliest may have a mistake of its own: then it would be with all.
    """
    kept = _decided(kept, ahead)
    # What only makes sizes fit may stand in for what is meant, never beside it: it would run, and be wrong.
    likely = [pair for pair in kept if _cost(pair) < FAR_FETCHED] or _going_on(kept, ahead)
    if ahead is None or not kept or ahead(kept[0][0].changes) is not False:
        return _unmixed(likely, ahead, how_far)
    onward = next((pair for pair in kept[1:READ_ON] if _may_go_first(pair, kept[0]) and ahead(pair[0].changes)), None)
    if onward is None:
        return _coming_far(likely, how_far, line)
    # What stood against the likeliest was that something else may be meant, and this need not be it.
    likeliest = kept[0][0]
    item = onward[0].doubted("" if likeliest.doubt in (likeliest.unless_read, MIXED) else likeliest.doubt)
    # It was read, and not tried.
    verdict = onward[1] or Verdict(False, f"what follows goes on with it, and not with {likeliest.title}")
    return [(item, verdict), *(pair for pair in likely if pair is not onward)]


def _unmixed(likely: list[_Tried], ahead: Ahead | None, how_far: HowFar | None) -> list[_Tried]:
    """The same with a doubt of the likeliest, where a view behind would take parts of several axes together with it."""
    if not likely or how_far is None or how_far(likely[0][0].changes) != "mixed":
        return likely
    return [(likely[0][0].doubted(MIXED), likely[0][1]), *likely[1:]]


def _coming_far(likely: list[_Tried], how_far: HowFar | None, line: Span | None) -> list[_Tried]:
    """The same without those with which a line in front would be refused that went well.

    One that leaves the line that failed refused need not be all that there is to change, or is nothing of it: what is
    tried stands in for what is changed elsewhere, and that may change more than the operand.
    """
    if how_far is None:
        return likely
    while likely and (stop := how_far(likely[0][0].changes)) in ("before", "there"):
        item, verdict = likely[0]
        if stop == "there":
            is_tried = verdict is not None and verdict.accepted and _is_in(item, line)
            return likely if is_tried else [(item.doubted(_AGAIN), verdict), *likely[1:]]
        likely = likely[1:]
    return likely


def _is_in(item: Candidate, line: Span | None) -> bool:
    return line is None or all(line.holds(change.span) for change in item.changes)


def _going_on(kept: list[_Tried], ahead: Ahead | None) -> list[_Tried]:
    """Of changes for which nothing speaks but that the sizes fit, those with which no line behind is known to fail.

    Where one fails with each of them, those that made the call itself run stay: that line may have its own mistake.
    """
    if ahead is None:
        return kept
    onward = [pair for pair in kept[:READ_ON] if ahead(pair[0].changes) is not False]
    onward.sort(key=lambda pair: ahead(pair[0].changes) is None)
    return onward or [pair for pair in kept if pair[1] is not None]


def _may_go_first(pair: _Tried, likeliest: _Tried) -> bool:
    """Whether it is likelier that a change is meant than that the likeliest is, with a second mistake behind it."""
    most = _TOO_FAR_IN_DOUBT if pair[0].doubt and not likeliest[0].doubt else _TOO_FAR
    return _cost(pair) < _cost(likeliest) + most


def _decided(kept: list[_Tried], ahead: Ahead | None) -> list[_Tried]:
    """The same with the doubt of those among which the lines behind do not decide; the one that they are for first."""
    groups: dict[str, list[Candidate]] = {}
    for item, _ in kept:
        if item.unless_read:
            groups.setdefault(item.unless_read, []).append(item)
    likely = (pair for pair in kept[:READ_ON] if _cost(pair) < FAR_FETCHED)
    if any(ahead is None or ahead(item.changes) is not False for item, _ in likely):
        # What only fits stands back for all that has something more for it.
        groups = {words: rivals for words, rivals in groups.items() if rivals[0].cost < FAR_FETCHED}
    sure: list[Candidate] = []
    for rivals in groups.values():
        is_far = rivals[0].cost >= FAR_FETCHED
        # One and the same change may be thought of for several reasons.
        ways = list(dict.fromkeys(item.changes for item in rivals))[: SLIPS if is_far else READ_ON]
        answers = [ahead(changes) if ahead is not None else None for changes in ways]
        if is_far and True in answers:
            # Behind the one that goes on lies what need not be known.
            first = answers.index(True)
            answers = [*answers[:first], *(answer or False for answer in answers[first:])]
        onward = [way for way, answer in zip(ways, answers, strict=True) if answer]
        chosen = [item for item in rivals if item.changes in onward]
        # What is done to one operand may be written where it is used and where it was made, not in two ways at
        # one place.
        places = {tuple(change.span for change in way) for way in onward}
        is_one = len({item.trial or item.changes for item in chosen}) == 1 and len(places) == len(onward)
        if is_one and answers.count(False) == len(ways) - len(onward):
            sure += chosen
    new = [(_sure(item) if item in sure else item.doubted(item.unless_read), verdict) for item, verdict in kept]
    sure = [_sure(item) for item in sure]
    # Of rivals that cost the same the one that they are for stands first.
    return sorted(new, key=lambda pair: (_cost(pair), pair[0] not in sure))


def _sure(item: Candidate) -> Candidate:
    """The same; where it only fits, that all goes on with it and with nothing else is more than that."""
    return replace(item, cost=_ALONE) if item.cost >= FAR_FETCHED else item


def _cost(pair: tuple[Candidate, Verdict | None]) -> float:
    return pair[0].cost + (pair[1].penalty if pair[1] else 0.0)


def _fixes(ranked: Sequence[tuple[Candidate, Verdict | None]]) -> list[Fix]:
    fixes: list[Fix] = []
    for item, verdict in ranked:
        edits = _edits(item.changes)
        # Several files of remedies may come to one and the same change.
        if edits and all(edits != each.edits for each in fixes):
            accepted, cost = verdict is not None and verdict.accepted, _cost((item, verdict))
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
