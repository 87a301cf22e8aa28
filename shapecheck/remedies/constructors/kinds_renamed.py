"""A layer of another kind for the one that was made, told the same: ``nn.BatchNorm1d`` for ``nn.BatchNorm2d``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import maker


def kind_renamed(evidence: Evidence, operation: Operation, old: str, new: str, *, cost: float) -> Iterator[Candidate]:
    """Another end of the name by which a layer was made, in front of what calls it a cell.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        old: The end of the name: ``"2d"``, ``"LSTM"`` of ``LSTMCell`` too.
        new: What it should be.
        cost: What it costs.
    """
    origin = maker(evidence, operation)
    call = expression(origin.span.text) if origin is not None else None
    if origin is None or not isinstance(call, ast.Call):
        return
    function = piece(origin.span, call.func)
    text = re.sub(rf"{old}(?=(Cell)?$)", new, function.text)
    if text != function.text:
        yield Candidate(text, (Change(function, text),), (), cost)
