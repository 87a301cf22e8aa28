"""Class labels are of a wrong dtype."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.findings import Fix


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "dtype" or violation.role != "target":
        return None
    if not violation.expected_text.startswith("int64"):
        return None
    return Recognition(
        f"expected {violation.expected_text}, got {violation.got_text}; .long() makes indices of whole numbers",
        fixes=(Fix(violation.advice),) if violation.advice else (),
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
    labels = torch.randint(5, (28,)).float()
    criterion(scores, labels)
"""

GOOD = BAD.replace(
    "labels = torch.randint(5, (28,)).float()",
    "labels = torch.randint(5, (28,))  # int64, (batch_size * seq_length,)",
)

FAULT = Fault(
    code="SC403",
    slug="labels_of_wrong_dtype",
    headline="class labels are of a wrong dtype",
    why=(
        "Cross entropy tells class indices from class probabilities by dtype and shape. Indices must be "
        "int64; floats of the shape (N,) are refused, and floats of the shape (N, C) are taken for "
        "probabilities."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Labels are indices: int64.",
    messages=(
        r"expected target dtype to be Long or Byte",
        r"expected scalar type Long but found \w+",
        r"not implemented for '(Int|Float|Double)'",
    ),
)
