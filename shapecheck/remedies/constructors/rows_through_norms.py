"""Steps as rows of their own for a container whose BatchNorm1d reads features, and apart again behind it."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import bracketed
from shapecheck.reading.failing import failed, kind, number, shape, tensors
from shapecheck.reading.mismatches import sizes_of

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The call with its first two axes as one, and apart again behind it, where the norm's features lie last."""
    norm, whole = failed(evidence, "BatchNorm1d"), evidence.operation
    if norm is None or whole is None or whole.span is None or kind(whole) != "Sequential":
        return []
    item, sizes = next(iter(tensors(whole)), None), shape(norm, "input") or ()
    if item is None or item.span is None or len(sizes) != 3 or sizes_of(item)[:2] != sizes[:2]:
        return []
    if sizes[2] != number(norm, "num_features"):
        return []
    rows = f"{item.expression}.shape[:2]" if item.expression.isidentifier() else f"(-1, {sizes[1]})"
    text = f"{whole.callee}({bracketed(item.span.text)}.flatten(0, 1)).unflatten(0, {rows})"
    return [Candidate(text, (Change(whole.span, text),), (Step("flatten", "input", (0, 1)),), _COST)]
