"""The target lacks the last axis of the prediction."""

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
    if (
        len(violation.got) + 1 != len(expected)
        or not fits(violation.got, expected[:-1])
        or expected[-1] not in (1, None)
    ):
        return None
    return Recognition(
        f"{violation.got} is the expected shape without its last axis; unsqueeze(-1) adds it",
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
        self.linear = nn.Linear(16, 1)

    def forward(self, x):
        out, _ = self.lstm(x)  # (batch_size, seq_length, hidden_size)
        return self.linear(out.reshape(-1, 16))  # (batch_size * seq_length, 1)


criterion = nn.MSELoss()
model = Model()
with watch(model, loss=criterion, protocol=Protocol.documented(loss="mse")):
    prediction = model(torch.randn(4, 7, 1))  # (batch_size * seq_length, 1)
    target = torch.randn(28)
    criterion(prediction, target)
"""

GOOD = BAD.replace(
    "target = torch.randn(28)",
    "target = torch.randn(28).unsqueeze(-1)  # (batch_size * seq_length, 1)",
)

FAULT = Fault(
    code="SC402",
    slug="target_without_feature_axis",
    headline="the target lacks the last axis of the prediction",
    why=(
        "Against a prediction (N, 1) a target (N,) is spread to (N, N): every prediction is compared with "
        "every target. torch only warns, the loss falls, and the model learns to predict the mean."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A regression target has exactly the shape of the prediction.",
    messages=(
        r"Using a target size \(torch\.Size\(.*\)\) that is different to the input size",
        r"Target size \(torch\.Size\(.*\)\) must be the same as input size",
    ),
)
