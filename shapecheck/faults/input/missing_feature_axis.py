"""The feature axis is missing."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import expected_sizes, features_wanted, fits, is_recurrent, lacks_features


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is not None and lacks_features(violation):
        return Recognition(
            f"{violation.got} has two axes, and the layer reads one number a step: x.unsqueeze(-1) adds the axis of "
            "the features",
            "likely",
            weight=3,
        )
    if violation is None or violation.kind != "ndim" or violation.role != "input" or violation.got is None:
        return None
    if evidence.crash is not None and not is_recurrent(violation):
        return None
    expected, features = expected_sizes(violation), features_wanted(violation)
    if features not in (1, None) or not fits(violation.got, expected[:-1]) or len(expected) < 3:
        return None
    if features == violation.got[-1]:
        # The feature axis is what is there.
        return None
    name = violation.expected[-1][0]
    return Recognition(f"{violation.got} has every axis but the last one, {name}: x.unsqueeze(-1) adds it", "likely")


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


model = Model()
days = torch.randn(32, 7)  # 32 samples of 7 prices
with watch(model, protocol=Protocol.documented(sizes={"num_features": 1})):
    model(days)
"""

GOOD = BAD.replace(
    "days = torch.randn(32, 7)  # 32 samples of 7 prices",
    "days = torch.randn(32, 7).unsqueeze(-1)  # (batch_size, seq_length, num_features)",
)

FAULT = Fault(
    code="SC103",
    slug="missing_feature_axis",
    headline="the feature axis is missing",
    why=(
        "A series of plain numbers still has a feature axis, of size 1. Without it an LSTM takes a 2-D tensor "
        "as one single unbatched sequence, and whatever stood last as the features."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One number a step is one feature: write the axis of size 1.",
    messages=(r"input\.size\(-1\) must be equal to input_size\. Expected 1, got \d+",),
)
