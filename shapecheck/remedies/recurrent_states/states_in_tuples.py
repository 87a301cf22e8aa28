"""A state inside a tuple that has one name: changed where the tuple was written, or by a comprehension."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece, replaced, suffixed
from shapecheck.reading.only_handed_on import is_carried_round
from shapecheck.reading.where_made import made, made_for_each, made_or_written


def inside_tuple(
    evidence: Evidence, item: Argument, suffix: str, steps: list[Step], *, cost: float = 0.0, prefer: str = "use"
) -> list[Candidate]:
    """The same for a state inside a tuple that has one name: where the tuple was written, or by a comprehension."""
    assert item.span is not None
    trial = tuple(Step(step.action, role, step.arguments) for role in ("h_0", "c_0") for step in steps)
    found = []
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        each = made_for_each(node)
        pair = each if each is not None else node
        if each is not None and not isinstance(each, ast.Tuple):
            part = piece(origin.span, each)
            change = _in_front(part, suffix) or suffixed(part, suffix)
            found.append(Candidate(change.text, (change,), trial, cost + 0.02))
        if isinstance(pair, ast.Tuple):
            parts = [piece(origin.span, part) for part in pair.elts]
            changes = tuple(_in_front(part, suffix) or suffixed(part, suffix) for part in parts)
            found.append(Candidate(f"({', '.join(each.text for each in changes)})", changes, trial, cost))
    for far, place in enumerate(places_of_pair(evidence, item)):
        text = f"tuple(each{suffix} for each in {place.text})"
        # The name of an input is known where the pair is used.
        if place == item.span or ".size(" not in suffix:
            found.append(Candidate(text, (replaced(place, text),), trial, cost + 0.6 + 0.2 * far))
    return found


def places_of_pair(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """Where both states of a pair that has one name can be changed: where it is used, and where that name comes from.

    What the next round of a loop hands on is another pair, which is right.
    """
    assert item.span is not None
    # A state that is None in the first round is one that the layer makes itself.
    names = (each.span for each in made(evidence, item) if each.span.text.isidentifier())
    origins = [each for each in names if each.text != "None"][:1]
    yield from (*origins, item.span) if is_carried_round(evidence, item) else (item.span, *origins)


def _in_front(part: Span, suffix: str) -> Change | None:
    """The suffix before a ``.contiguous()`` that ends the text, so that the result stays contiguous."""
    end = ".contiguous()"
    text = f"{part.text.removesuffix(end)}{suffix.removesuffix(end)}{end}"
    return Change(part, text) if part.text.endswith(end) else None
