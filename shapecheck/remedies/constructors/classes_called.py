"""A class of torch's that was kept in place of a loss, and so was given scores and labels: made where it is kept."""

from __future__ import annotations

import re

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import kind, made, tensors

_LOSSES = re.compile(r"(Loss|LossWithLogits|LogitsLoss)$")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``self.criterion = nn.CrossEntropyLoss()`` where the class itself was given the scores and the labels."""
    operation = made(evidence)
    if operation is None or not tensors(operation) or not _LOSSES.search(kind(operation)):
        return []
    for place, chain in evidence.chains.items():
        if place.text == operation.callee and re.fullmatch(rf"([\w.]+\.)?{kind(operation)}", chain[-1].span.text):
            change = suffixed(chain[-1].span, "()")
            return [Candidate(change.text, (change,), (), 0.0)]
    return []
