"""A class of torch's that was kept in place of a layer or a loss, and so was given tensors: made where it is kept."""

from __future__ import annotations

import re

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import kind, made, tensors

CAUSE = "class_for_instance"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``self.criterion = nn.CrossEntropyLoss()`` where the class itself was given tensors."""
    operation = made(evidence)
    if operation is None or not tensors(operation):
        return []
    for place, chain in evidence.chains.items():
        if place.text == operation.callee and re.fullmatch(rf"([\w.]+\.)?{kind(operation)}", chain[-1].span.text):
            change = suffixed(chain[-1].span, "()")
            return [Candidate(change.text, (change,), (), 0.0)]
    return []
