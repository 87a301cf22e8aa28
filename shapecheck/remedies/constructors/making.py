"""A layer that could not be made: the names of its arguments, and sizes that are no whole numbers."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import call_of, piece, without_keyword
from shapecheck.reading.failing import made, no_whole, says
from shapecheck.remedies.names.float_sizes import rounded_down


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes of the call that makes a layer."""
    operation = made(evidence)
    if operation is None or operation.span is None:
        return []
    return [*_names(evidence, operation, operation.span), *_sizes(evidence, operation)]


def _names(evidence: Evidence, operation: Operation, span: Span) -> Iterator[Candidate]:
    unknown = says(evidence, r"unexpected keyword argument '(\w+)'")
    call = call_of(span)
    if unknown is None or call is None:
        return
    name = unknown.group(1)
    given = next((item for item in call.keywords if item.arg == name), None)
    if given is None:
        return
    taken = {item.arg for item in call.keywords}
    for near in get_close_matches(name, [each for each in operation.parameters if each not in taken], 1):
        whole = piece(span, given)
        yield Candidate(f"{name} -> {near}", (Change(whole, f"{near}={piece(span, given.value).text}"),), (), 0.1)
        return
    change = without_keyword(span, name)
    if change is not None:
        doubt = f"nothing then does what {name} should do"
        yield Candidate(f"without {name}", (change,), (), 0.5, doubt)


def _sizes(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    if not says(evidence, r"\bints?\b"):
        return
    changes = [rounded_down(evidence, item.span) for item in no_whole(operation) if item.span is not None]
    if changes:
        yield Candidate(", ".join(change.text for change in changes), tuple(changes), (), 0.1)
