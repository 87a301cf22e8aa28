"""Batch and time were to be merged and were not."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import fits
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import failed


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
    merge = () if item is None or item.span is None else (suffixed(item.span, ".flatten(0, 1)"),)
    return Recognition(
        f"with its first two axes merged the shape is the expected one, ({name}, ...)",
        "likely",
        weight=2,
        candidates=tuple(Candidate(each.text, (each,), (), 0.1) for each in merge),
    )


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
