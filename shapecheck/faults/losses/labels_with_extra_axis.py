"""Class labels have an axis too many."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import expected_sizes, fits
from shapecheck.findings import Fix


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "ndim" or violation.role != "target" or violation.got is None:
        return None
    expected = expected_sizes(violation)
    if len(violation.got) != len(expected) + 1 or not fits(violation.got[:-1], expected):
        return None
    last = violation.got[-1]
    how = (
        "squeeze(-1) drops it" if last == 1 else f"it has {last} columns: argmax(-1) gives the index if it is a one-hot"
    )
    return Recognition(
        f"{violation.got} is the expected shape with one more axis at the end; {how}",
        fixes=(Fix(violation.advice),) if violation.advice else (),
        weight=2,
    )


BAD = """\
import torch
from torch import nn

from shapecheck import Protocol, watch


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 16, batch_first=True)
        self.linear = nn.Linear(16, 5)

    def forward(self, x):
        out, _ = self.lstm(x)  # (batch_size, seq_length, hidden_size)
        return self.linear(out.reshape(-1, 16))  # (batch_size * seq_length, num_classes)


criterion = nn.CrossEntropyLoss()
model = Model()
with watch(model, loss=criterion, protocol=Protocol.documented(loss="cross_entropy")):
    scores = model(torch.randn(4, 7, 1))  # (batch_size * seq_length, num_classes)
    labels = torch.randint(5, (28, 1))
    criterion(scores, labels)
"""

GOOD = BAD.replace(
    "labels = torch.randint(5, (28, 1))",
    "labels = torch.randint(5, (28,))  # (batch_size * seq_length,)",
)

FAULT = Fault(
    code="SC401",
    slug="labels_with_extra_axis",
    headline="class labels have an axis too many",
    why=(
        "Cross entropy wants one class index for each row of scores: scores (N, C), labels (N,). Neither (N, "
        "1) nor an integer one-hot of (N, C) is accepted, whatever tutorials say."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Labels are (N,), one int64 in [0, C) for each row of scores.",
    messages=(
        r"0D or 1D target tensor expected, multi-target not supported",
        r"Expected target size",
    ),
)
