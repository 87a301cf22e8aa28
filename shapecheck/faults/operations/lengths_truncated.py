"""Lengths that are fractions are cut off."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from shapecheck import predict

outcome = predict(pack_padded_sequence, torch.randn(7, 2, 3), torch.tensor([7.5, 2.0]))
"""

GOOD = BAD.replace(
    "[7.5, 2.0]",
    "[7, 2]",
)

FAULT = Fault(
    code="SC526",
    slug="lengths_truncated",
    headline="lengths that are fractions are cut off",
    why=("Lengths count steps, so they are whole numbers. Floats are taken without a word and cut off: 6.9 becomes 6."),
    recognise=recognise_hazard("lengths_truncated"),
    bad=BAD,
    good=GOOD,
    lesson="Lengths are int64, on the CPU.",
    severity="note",
)
