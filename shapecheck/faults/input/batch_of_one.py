"""A batch of one loses its axis to a bare squeeze."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import predict

outcome = predict(nn.LSTM(10, 16, batch_first=True), torch.randn(1, 7, 10))
"""

GOOD = BAD.replace(
    "torch.randn(1, 7, 10)",
    "torch.randn(4, 7, 10)",
)

FAULT = Fault(
    code="SC113",
    slug="batch_of_one",
    headline="a batch of one loses its axis to a bare squeeze",
    why=(
        "squeeze() without an axis removes every axis of size 1. With one sample in the batch, as the last "
        "batch of an epoch may have, the batch axis is among them, and all that follows reads the wrong axes."
    ),
    recognise=recognise_hazard("batch_of_one"),
    bad=BAD,
    good=GOOD,
    lesson="Name the axis: squeeze(-1), never squeeze().",
    severity="note",
)
