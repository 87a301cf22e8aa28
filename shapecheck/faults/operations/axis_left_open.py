"""A softmax guesses its axis."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import predict

outcome = predict(nn.Softmax(), torch.randn(4, 7, 5))
"""

GOOD = BAD.replace(
    "nn.Softmax()",
    "nn.Softmax(dim=-1)",
)

FAULT = Fault(
    code="SC528",
    slug="axis_left_open",
    headline="a softmax guesses its axis",
    why=(
        "Without dim a softmax takes axis 0 for tensors of zero, one or three axes and axis 1 for all others. "
        "For a tensor (batch_size, seq_length, num_classes) that is the batch."
    ),
    recognise=recognise_hazard("axis_left_open"),
    bad=BAD,
    good=GOOD,
    lesson="Always name the axis of a softmax: the one of the classes.",
    severity="note",
)
