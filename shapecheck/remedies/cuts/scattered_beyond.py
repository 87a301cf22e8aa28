"""Columns that are scattered to and are not there, where the function is told how many more there are to be."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.failing import failed, kind, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sources import function_at, source_of, written_as
from shapecheck.remedies.cuts.scattered import SCATTERS, axis_of

_COST = 0.0


def candidates(evidence: Evidence) -> list[Candidate]:
    """``F.pad(scores, (0, more)).scatter_add(1, ids, given)`` where nobody reads ``more``."""
    operation = failed(evidence, *SCATTERS)
    item, index = (
        operand(operation, *roles) if operation is not None else None for roles in (("self", "input"), ("index",))
    )
    most = index.value.facts.get("max") if index is not None else None
    if operation is None or item is None or item.span is None or most is None:
        return []
    sizes = sizes_of(item)
    axis = axis_of(operation)
    if axis is None or len(sizes) < 2 or axis not in (-1, len(sizes) - 1) or most < sizes[-1]:
        return []
    return list(_wider(evidence, operation, item, int(most) + 1 - sizes[-1]))


def _wider(evidence: Evidence, operation: Operation, item: Argument, missing: int) -> Iterator[Candidate]:
    place = _place(evidence, operation, item)
    source = source_of(place.file) if place is not None else None
    if place is None or source is None or item.span is None:
        return
    module = written_as(source.tree, "torch.nn.functional") or "torch.nn.functional"
    for name, many in unread_numbers(evidence, item.span):
        if many >= missing:
            text = f"{module}.pad({place.text}, (0, {name}))"
            sizes = sizes_of(item)
            step = Step("stand_in", item.role, (*sizes[:-1], sizes[-1] + many))
            yield Candidate(text, (Change(place, text),), (step,), _COST)


def _place(evidence: Evidence, operation: Operation, item: Argument) -> Span | None:
    """Where the columns are added: at the use, or where the name was made that is changed in place."""
    if item.span is None or not kind(operation).endswith("_"):
        return item.span
    home = function_at(item.span)
    made = next(iter(trace(evidence, item.span)), None)
    is_here = made is not None and home is not None and function_at(made.span) is home
    return made.span if made is not None and is_here else None
