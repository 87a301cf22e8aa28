"""Scores of every step for a loss that takes rows alone: the steps as rows, and the labels likewise."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of

_COST = 0.05
_LOSSES = ("AdaptiveLogSoftmaxWithLoss",)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``crit(h.flatten(0, 1), ids.flatten())`` where each label lies where its features do."""
    operation = failed(evidence, *_LOSSES)
    items = operation.arguments[:2] if operation is not None else ()
    if len(items) < 2 or items[0].span is None or items[1].span is None:
        return []
    features, labels = (sizes_of(each) for each in items)
    if len(labels) < 2 or features[:-1] != labels:
        return []
    changes = (suffixed(items[0].span, f".flatten(0, {len(labels) - 1})"), suffixed(items[1].span, ".flatten()"))
    steps = (Step("flatten", items[0].role, (0, len(labels) - 1)), Step("flatten", items[1].role, (0, -1)))
    return [Candidate(f"{changes[0].text}, {changes[1].text}", changes, steps, _COST)]
