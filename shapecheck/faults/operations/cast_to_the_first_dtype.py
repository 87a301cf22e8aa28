"""Padding casts every sequence to the dtype of the first."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch.nn.utils.rnn import pad_sequence

from shapecheck import predict

first = torch.tensor([1, 2])
outcome = predict(pad_sequence, [first, torch.tensor([0.5, 1.5, 2.5])])
"""

GOOD = BAD.replace(
    "torch.tensor([1, 2])",
    "torch.tensor([1.0, 2.0])",
)

FAULT = Fault(
    code="SC527",
    slug="cast_to_the_first_dtype",
    headline="padding casts every sequence to the dtype of the first",
    why=(
        "pad_sequence makes one tensor of all sequences, and it has the dtype of the first of them: fractions "
        "in the others are cut off if the first holds whole numbers."
    ),
    recognise=recognise_hazard("cast_to_the_first_dtype"),
    bad=BAD,
    good=GOOD,
    lesson="Give all sequences one dtype before they are padded.",
    severity="note",
)
