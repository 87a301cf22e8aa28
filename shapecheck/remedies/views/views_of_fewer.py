"""Rows told apart by a batch size that the last batch has not, where the size left open is that of the features."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of

CAUSE = "batch_size_written_down"
# Below the last batch that is left out: no sample is lost, and full batches come out as they did.
_COST = 0.08


def candidates(evidence: Evidence) -> list[Candidate]:
    """``scores.view(-1, clips, scores.size(-1))`` for ``scores.view(batch_size, clips, -1)``."""
    return list(_of_fewer(evidence))


def _of_fewer(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input", "x")
    if operation is None or item is None or len(sizes_of(item)) != 2 or not item.expression.isidentifier():
        return
    rows, written = sizes_of(item)[0], asked_sizes(operation)
    numbers = [number_of(each) for each in written]
    if len(written) != 3 or numbers[2] != -1 or None in numbers[:2]:
        return
    first, last, (batch, parts, _) = written[0].span, written[2].span, numbers
    if first is None or last is None or batch is None or parts is None or parts < 2 or batch < 2 or rows % parts:
        return
    held = [value.record.shape for value in evidence.held.values() if value.record is not None]
    samples = rows // parts
    # The labels, or what was given, tell how many samples there are this time.
    if samples < batch and any(shape[:1] == (samples,) for shape in held):
        changes = (Change(first, "-1"), Change(last, f"{item.expression}.size(-1)"))
        yield Candidate(f"view(-1, {written[1].expression}, {changes[1].text})", changes, (), _COST)
