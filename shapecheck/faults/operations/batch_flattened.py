"""Flattening took the batch axis too."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import predict

outcome = predict(nn.Flatten(0), torch.randn(4, 7))
"""

GOOD = BAD.replace(
    "nn.Flatten(0)",
    "nn.Flatten()",
)

FAULT = Fault(
    code="SC530",
    slug="batch_flattened",
    headline="flattening took the batch axis too",
    why=(
        "nn.Flatten() begins at axis 1 and leaves the batch alone; with start_dim=0, as torch.flatten does by "
        "default, all samples become one row."
    ),
    recognise=recognise_hazard("batch_flattened"),
    bad=BAD,
    good=GOOD,
    lesson="Flatten from axis 1 on: x.flatten(1).",
    severity="note",
)
