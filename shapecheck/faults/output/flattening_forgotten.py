"""Batch and time were to be merged and were not."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import fits
from shapecheck.reading.edits import expression, suffixed
from shapecheck.reading.failing import RECURRENT, failed
from shapecheck.reading.recurrent.batch_first import told_batch_first
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind

_ORDER = "the axes may have to change places first, for the rows to come in the order that the protocol says"


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "ndim" or violation.got is None or len(violation.got) < 2:
        return None
    (name, size), *rest = violation.expected or (("", None),)
    merged = (violation.got[0] * violation.got[1], *violation.got[2:])
    if "*" not in name or 1 in violation.got[:2] or not fits(merged, (size, *(known for _, known in rest))):
        return None
    operation = failed(evidence)
    item = operation.argument(violation.role) if operation is not None else None
    is_first = _is_batch_first(evidence, item.span) if item is not None and item.span is not None else None
    is_known = is_first is not None and name.startswith("batch")
    turn = ".transpose(0, 1)" if is_first is False else ""
    merge = () if item is None or item.span is None else (suffixed(item.span, f"{turn}.flatten(0, 1)"),)
    return Recognition(
        f"with its first two axes merged the shape is the expected one, ({name}, ...)",
        "likely",
        weight=2,
        candidates=tuple(Candidate(each.text, (each,), (), 0.1, "" if is_known else _ORDER) for each in merge),
    )


def _is_batch_first(evidence: Evidence, place: Span) -> bool | None:
    """Whether the recurrent layer that an operand comes from has the samples in front; None if none is found."""
    for span in spans_behind(evidence, place):
        made = expression(span.text)
        if isinstance(made, ast.Call) and last_name(made.func).removeprefix("Checked") in RECURRENT:
            return told_batch_first(evidence, span)
    return None


BAD = """\
import torch
from torch import nn

from shapecheck import Protocol, watch


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 16, batch_first=True)
        self.linear = nn.Linear(16, 1)

    def forward(self, x):
        out, _ = self.lstm(x)  # (batch_size, seq_length, hidden_size)
        return self.linear(out)  # (batch_size, seq_length, 1)


model = Model()
with watch(model, protocol=Protocol.documented()):
    model(torch.randn(4, 7, 1))
"""

GOOD = BAD.replace(
    "return self.linear(out)  # (batch_size, seq_length, 1)",
    "return self.linear(out.reshape(-1, 16))  # (batch_size * seq_length, 1)",
)

FAULT = Fault(
    code="SC303",
    slug="flattening_forgotten",
    headline="batch and time were to be merged and were not",
    why=(
        "The documented flow gives the Linear one row a step: (batch_size * seq_length, hidden_size). A "
        "Linear takes more axes as well, so nothing raises; but then the loss sees another layout than its "
        "targets have."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One row a step: out.reshape(-1, hidden_size).",
)
