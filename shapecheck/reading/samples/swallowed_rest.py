"""A view that wrote down how many samples there are, where its -1 made longer or shorter rows of another number."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import one_by_one, told_to
from shapecheck.reading.edits import call_of, piece, whole_number
from shapecheck.reading.failing import CELLS, RECURRENT, failed, kind, number, operand, tensors
from shapecheck.reading.layers.layer_arguments import READ_LAST
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.reckoning import reckoned_number
from shapecheck.reading.sources import source_of

_OTHERS = ("Linear", "MultiheadAttention", "TransformerEncoderLayer")


@dataclass(frozen=True, slots=True)
class Swallowed:
    """Where a number of samples stands in a view.

    Args:
        place: The number, or its name.
        written: What it is.
        samples: How many there are.
    """

    place: Span
    written: int
    samples: int


def swallowed_rest(evidence: Evidence) -> Swallowed | None:
    """What a layer of a fixed width shows by the width that it got: ``x.view(BATCH_SIZE, steps, -1)``."""
    operation = failed(evidence, *RECURRENT, *CELLS, *_OTHERS)
    if operation is None or evidence.operation is None:
        return None
    item = operand(operation, "input", "x", "query", "src")
    if item is None or item.span is None:
        item = next(iter(tensors(evidence.operation)), None)
    if item is None or item.span is None or item.value.record is None:
        return None
    want, have = number(operation, READ_LAST[kind(operation)]), item.value.record.shape
    for span in spans_of(evidence, item.span, through=True):
        written = _written(evidence, span)
        if written is not None and have and written[1] in have:
            place, rows = written
            samples, rest = divmod(have[-1] * rows, want) if want else (0, 1)
            is_other = not rest and samples not in (0, rows) and are_known_rows(evidence, samples)
            return Swallowed(place, rows, samples) if is_other else None
    return None


def are_known_rows(evidence: Evidence, rows: int) -> bool:
    """Whether something that a running function holds has so many rows."""
    return any(sizes_of(value)[:1] == (rows,) for value in evidence.held_anywhere)


def _written(evidence: Evidence, span: Span) -> tuple[Span, int] | None:
    """The first size of a view whose last one is whatever is left, and what it is."""
    call = call_of(span)
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr not in ("view", "reshape"):
        return None
    sizes = one_by_one(told_to(call))
    if len(sizes) < 2 or whole_number(sizes[-1]) != -1 or any(whole_number(each) == -1 for each in sizes[:-1]):
        return None
    place, source = piece(span, sizes[0]), source_of(span.file)
    node = source.node_at(place) if source is not None else None
    rows = reckoned_number(evidence, source, node) if source is not None and node is not None else None
    return (place, rows) if rows is not None and rows > 0 else None
