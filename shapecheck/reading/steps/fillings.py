"""Finds the numbers that a script fills up with: what its loss leaves out, or its embedding knows as padding."""

from __future__ import annotations

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import is_global
from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.failing import INDEX_LOSSES
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import user_sources

_TOLD = ("ignore_index", "padding_idx")
_TABLES = ("Embedding",)


def fillings(
    evidence: Evidence, *, of_answers: bool = False, losses: tuple[str, ...] = (*INDEX_LOSSES, "partial")
) -> dict[int, str]:
    """The numbers that the script is told to leave out, and how each is written where every function can read it.

    Args:
        evidence: The problem.
        of_answers: Whether only what a loss leaves out counts.
        losses: What makes a loss.
    """
    found: dict[int, str] = {}
    for source in user_sources(evidence):
        for call in source.calls(*losses, *(() if of_answers else _TABLES)):
            for each in call.keywords:
                span = source.span(each.value)
                number = _number(evidence, span) if each.arg in _TOLD else None
                if number is not None:
                    texts = (span.text, *(origin.span.text for origin in trace(evidence, span, parts=True)))
                    found.setdefault(
                        number, next((text for text in texts if is_global(source, expression(text))), str(number))
                    )
    return found


def _number(evidence: Evidence, span: Span) -> int | None:
    """The number that an expression is, one below zero too."""
    for text in (span.text, *(origin.span.text for origin in trace(evidence, span, parts=True))):
        node = expression(text)
        written = whole_number(node)
        if written is not None:
            return written
    found = worked_out(evidence, span)
    return None if found is None else int(found)
