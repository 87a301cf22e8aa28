"""Filters of one channel for maps of several: as many groups as there are filters, ``conv2d(x, w, groups=c)``."""

from __future__ import annotations

import re

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.failing import failed, number, operand, shape, value
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sizes.size_texts import asked

_COST = 0.05
_SAMPLES = re.compile(r"unsqueeze\((dim=)?0\)$|\[None(, \.\.\.)?\]$")
_OF_SAMPLES = "the axis in front was put there for the occasion, and the channels may be samples of one channel each"


def candidates(evidence: Evidence) -> list[Candidate]:
    """A group for each channel, where there is one filter for each."""
    operation = failed(evidence, "conv1d", "conv2d", "conv3d")
    if operation is None or operation.span is None or number(operation, "groups"):
        return []
    item, sizes, filters = operand(operation, "input"), shape(operation, "input"), shape(operation, "weight")
    if item is None or sizes is None or filters is None or len(sizes) != len(filters) or value(operation, "groups"):
        return []
    if filters[1] != 1 or filters[0] != sizes[1] or sizes[1] < 2:
        return []
    change = with_keyword(operation.span, "groups", asked(item, 1))
    trial = (Step("keyword", "", ("groups", sizes[1])),)
    places = spans_of(evidence, item.span)
    doubt = _OF_SAMPLES if any(_SAMPLES.search(each.text) for each in places) else ""
    return [Candidate(f"groups={asked(item, 1)}", (change,), trial, _COST, doubt)] if change is not None else []
