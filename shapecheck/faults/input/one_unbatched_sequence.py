"""A two-axis input is read as one sequence, not as a batch."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import predict

samples = torch.randn(32, 10)  # 32 samples of 10 numbers
outcome = predict(nn.LSTM(10, 16, batch_first=True), samples)
"""

GOOD = BAD.replace(
    "predict(nn.LSTM(10, 16, batch_first=True), samples)",
    "predict(nn.LSTM(10, 16, batch_first=True), samples.unsqueeze(1))",
)

FAULT = Fault(
    code="SC112",
    slug="one_unbatched_sequence",
    headline="a two-axis input is read as one sequence, not as a batch",
    why=(
        "A recurrent layer takes a 2-D tensor for one single sequence without a batch, (seq_length, "
        "num_features), with batch_first=True too. Where a batch of samples was meant, every row then "
        "influences the rows below it, and nothing raises."
    ),
    recognise=recognise_hazard("one_unbatched_sequence"),
    bad=BAD,
    good=GOOD,
    lesson="Give a recurrent layer three axes, also for a batch of sequences with one step.",
    severity="note",
)
