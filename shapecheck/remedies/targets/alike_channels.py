"""Masks that are stored as pictures, with the same numbers in each channel: one of the channels is the labels."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, kind, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.remedies.moves import put_behind

CAUSE = "labels_with_extra_axis"
_COST = 0.0


def candidates(evidence: Evidence) -> list[Candidate]:
    """``mask[..., 0]`` where a class for each place is wanted, ``mask[:, :1]`` where a number for each is."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, role) if operation is not None else None for role in ("input", "target"))
    axis = target.value.facts.get("alike_along") if target is not None else None
    if operation is None or given is None or target is None or axis is None:
        return []
    left, right = sizes_of(given), sizes_of(target)
    rest = right[: int(axis)] + right[int(axis) + 1 :]
    if kind(operation) in INDEX_LOSSES and rest == left[:1] + left[2:]:
        step = Step("select", "target", (int(axis), 0))
        text = "[:, 0]" if axis == 1 else "[..., 0]"
    elif kind(operation) in SAME_SHAPE_LOSSES and axis == 1 and left == (*right[:1], 1, *right[2:]):
        step, text = Step("narrow", "target", (1, 0, 1)), "[:, :1]"
    else:
        return []
    return put_behind(evidence, target, text, [step], cost=_COST)
