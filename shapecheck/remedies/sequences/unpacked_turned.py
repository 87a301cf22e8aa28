"""Sequences that were packed with the samples first and are unpacked with the steps first, or the reverse."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import with_keyword, without_keyword
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.sources import user_sources
from shapecheck.reading.ways_back import spans_behind

CAUSE = "batch_first_missing"
_COST = 0.01
# Of scores of steps: samples, steps and classes.
_PLAIN = 2


def candidates(evidence: Evidence) -> list[Candidate]:
    """``pad_packed_sequence(out, batch_first=True)``, as ``pack_padded_sequence`` is told in front of the layer."""
    operands = [item for item in tensors(failed(evidence)) if item.span is not None and len(sizes_of(item)) > 1]
    turned = [
        item.span
        for item in operands
        for other in operands
        for sizes in _rows_of(sizes_of(item), sizes_of(other))
        if sizes[:2] == sizes_of(other)[1::-1] != sizes_of(other)[:2]
    ]
    return list(
        _unpacked_as_packed(evidence, {span.text for each in turned if each for span in spans_behind(evidence, each)})
    )


def _rows_of(sizes: Shape, other: Shape) -> list[Shape]:
    """The sizes of an operand, and those without the axis of the classes that a loss has in front of the rest."""
    return [sizes, without_axis(sizes, 1)] if len(sizes) == len(other) + 1 > _PLAIN else [sizes]


def _unpacked_as_packed(evidence: Evidence, texts: set[str]) -> Iterator[Candidate]:
    for source in user_sources(evidence):
        packed = {says_batch_first(call) for call in source.calls("pack_padded_sequence")}
        for call in source.calls("pad_packed_sequence"):
            first, span = says_batch_first(call), source.span(call)
            if packed != {not first} or not any(span.text in text for text in texts):
                continue
            change = without_keyword(span, "batch_first") if first else with_keyword(span, "batch_first", "True")
            if change is not None:
                title = "without batch_first=True" if first else "batch_first=True"
                yield Candidate(title, (change,), (), _COST)
