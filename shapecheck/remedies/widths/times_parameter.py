"""A width that was told one of two sizes which the input was merged of: the other parameter beside it is missing."""

from __future__ import annotations

from itertools import islice

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, maker, number, operand, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.sizes.names_of_size import names_of_size
from shapecheck.reading.sources import function_at, parameters
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
_NEAR = 4
_MERGES = ("rearrange(", ".flatten(", ".reshape(", ".view(", ".unfold(")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(channels * patch, width)`` for ``nn.Linear(channels, width)``, which reads both as one."""
    operation = failed(evidence, "Linear")
    item, sizes, want = operand(operation, "input"), shape(operation, "input"), number(operation, "in_features")
    if operation is None or item is None or not sizes or want < 2 or sizes[-1] % want or sizes[-1] == want:
        return []
    given, factor = told_for(maker(evidence, operation), "in_features"), sizes[-1] // want
    is_merged = any(mark in span.text for span in islice(spans_behind(evidence, item.span), _NEAR) for mark in _MERGES)
    function = function_at(given) if given is not None else None
    # What the function has reckoned is mended where it did so.
    if given is None or function is None or given.text not in parameters(function) or not is_merged:
        return []
    trial = (Step("configure", "", ("in_features", sizes[-1])),)
    texts = [f"{given.text} * {name}" for name in names_of_size(evidence, given, factor)]
    return [Candidate(f"{given.text} -> {text}", (Change(given, text),), trial, _COST) for text in texts]
