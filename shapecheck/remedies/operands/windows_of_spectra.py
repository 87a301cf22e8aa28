"""The window of a spectrum, which has another length than what is transformed at a time."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import argument, expression, is_number, with_keyword
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import function_at, names_in
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.widths.reckoned import WRITTEN_OVER

_COST = 0.05
_LONGER = "more may have been meant to be transformed at a time, as much as the window is long"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``win_length=window.size(0)`` for a window that is shorter; one that is longer is made as long as it may be."""
    operation = failed(evidence, "stft", "istft")
    window = operand(operation, "window")
    if operation is None or window is None or window.span is None or len(sizes_of(window)) != 1:
        return []
    told = operand(operation, "win_length")
    wanted = told if told is not None and told.value.text.isdecimal() else operand(operation, "n_fft")
    if wanted is None or wanted.span is None or not wanted.value.text.isdecimal():
        return []
    if sizes_of(window)[0] == int(wanted.value.text):
        return []
    if sizes_of(window)[0] < int(wanted.value.text) and told is None:
        return list(_told(operation, window))
    return list(_made(evidence, window, wanted))


def _told(operation: Operation, window: Argument) -> Iterator[Candidate]:
    assert window.span is not None
    change = with_keyword(operation.span, "win_length", f"{window.span.text}.size(0)") if operation.span else None
    if change is not None:
        yield Candidate(change.text.removeprefix(", "), (change,), (), _COST)


def _made(evidence: Evidence, window: Argument, wanted: Argument) -> Iterator[Candidate]:
    """The length that the window's factory is given, as the script calls what it must be."""
    for origin in made_or_written(evidence, window):
        given = argument(origin.span, "window_length", 0) if "_window(" in origin.span.text else None
        if given is not None:
            text = _name(evidence, given, wanted)
            doubt = WRITTEN_OVER if text.isdecimal() and not is_number(given.text) else ""
            # A length that is told apart may be the right one of the two.
            is_of_it = wanted.role == "win_length" or text in names_in(expression(given.text))
            doubt = doubt or ("" if is_of_it else _LONGER)
            yield Candidate(f"{given.text} -> {text}", (Change(given, text),), (), _COST, doubt)
            return


def _name(evidence: Evidence, given: Span, wanted: Argument) -> str:
    """What the length is called where the window is made; the number where it has no name there."""
    assert wanted.span is not None
    home = function_at(given)
    for span in spans_of(evidence, wanted.span):
        if span.text.isidentifier() and function_at(span) is home:
            return span.text
    return wanted.value.text
