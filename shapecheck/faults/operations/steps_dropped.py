"""Packing drops the steps behind the longest length."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from shapecheck import predict

outcome = predict(pack_padded_sequence, torch.randn(7, 2, 3), torch.tensor([6, 2]))
"""

GOOD = BAD.replace(
    "[6, 2]",
    "[7, 2]",
)

FAULT = Fault(
    code="SC531",
    slug="steps_dropped",
    headline="packing drops the steps behind the longest length",
    why=(
        "pack_padded_sequence keeps what the lengths say and no more. If even the largest length is smaller "
        "than the tensor, the steps behind it are gone, and what is unpacked later is shorter than the "
        "targets."
    ),
    recognise=recognise_hazard("steps_dropped"),
    bad=BAD,
    good=GOOD,
    lesson="The longest length is the length of the tensor, or unpack with total_length.",
    severity="note",
)
