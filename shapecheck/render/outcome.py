"""What a contract says of one call, in words: what comes back, or why not, and what to know although it is accepted."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from shapecheck.contract import Outcome
from shapecheck.findings import Diagnosis
from shapecheck.records import TensorRecord
from shapecheck.render.diagnosis import WIDTH, diagnosis_lines
from shapecheck.render.lines import Line, plain
from shapecheck.render.plain import clean
from shapecheck.render.words import sized_axis, tuple_of


def outcome_text(outcome: Outcome) -> str:
    """The outcome as plain text, without a newline at the end.

    >>> print(outcome_text(Outcome(True, outputs=(TensorRecord("output", (4, 2), dims=("batch_size", "out_size")),))))
    accepted
      output  (batch_size 4, out_size 2) float32
    """
    return plain(list(_lines(outcome)))


def _lines(outcome: Outcome) -> Iterator[Line]:
    if not outcome.accepted:
        for violation in outcome.violations:
            told = Diagnosis("", "", "refused", violation.reason, violation=violation)
            yield from diagnosis_lines(told)
        return
    yield (("accepted", "headline"),)
    width = max((len(record.role) for record in outcome.outputs), default=0)
    for record in outcome.outputs:
        yield (
            (f"  {clean(record.role, limit=60).ljust(width)}", "label"),
            (f"  {_shape(record)} {record.dtype}", "plain"),
        )
    for hazard in outcome.hazards:
        for at, line in enumerate(textwrap.wrap(clean(hazard.text, limit=400), WIDTH - 10)):
            yield (f"  {'' if at else 'but':8}", "label"), (line, "wrong")
        if hazard.fix:
            yield ("  fix     ", "label"), (clean(hazard.fix, limit=160), "right")


def _shape(record: TensorRecord) -> str:
    dims = record.dims or ("_",) * len(record.shape)
    axes = zip(dims, record.shape, strict=False)
    return tuple_of(str(size) if dim == "_" else sized_axis(dim, size, " ") for dim, size in axes)
