"""A class of torch's that was given tensors in place of a layer or a loss of it: made where it is kept, or called."""

from __future__ import annotations

import re

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import call_of, piece, suffixed
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
    call = call_of(operation.span) if operation.span is not None else None
    if call is None or operation.span is None or len(call.args) < 2 or not kind(operation).endswith("Loss"):
        return []
    # Its scores and labels are no settings: nn.CrossEntropyLoss()(scores, labels).
    change = suffixed(piece(operation.span, call.func), "()")
    return [Candidate(f"{change.text}(...)", (change,), (), 0.0)]
