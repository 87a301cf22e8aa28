"""A softmax runs over the batch."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import predict

outcome = predict(nn.Softmax(dim=0), torch.randn(4, 5))
"""

GOOD = BAD.replace(
    "dim=0",
    "dim=1",
)

FAULT = Fault(
    code="SC529",
    slug="shared_over_the_batch",
    headline="a softmax runs over the batch",
    why=(
        "A softmax over axis 0 of (batch_size, num_classes) makes the samples share one probability for each "
        "class, so that what is said of a sample depends on the others in its batch."
    ),
    recognise=recognise_hazard("shared_over_the_batch"),
    bad=BAD,
    good=GOOD,
    lesson="Probabilities add up to 1 over the classes, not over the samples.",
    severity="note",
)
