"""Lengths count steps that the padded tensor does not have."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import RECURRENT, failed, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *RECURRENT, "pack_padded_sequence", "pad_packed_sequence")
    if operation is None or not says(evidence, r"exceeds dimension size", r"start \(\d+\) \+ length \(\d+\)"):
        return None
    return Recognition(
        "pack_padded_sequence takes lengths on trust: it promised more steps than it had, and the layer ran out",
        weight=6,
    )


BAD = """\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence

LONGEST = 5
clips = [torch.randn(n, 10) for n in (4, 8, 3)]
lengths = torch.tensor([len(clip) for clip in clips])
padded = pad_sequence([clip[:LONGEST] for clip in clips], batch_first=True)
packed = pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)
out, _ = nn.LSTM(10, 16, batch_first=True)(packed)
print(out.data.shape)
"""

GOOD = BAD.replace(
    "[len(clip) for clip in clips]",
    "[min(len(clip), LONGEST) for clip in clips]",
)

FAULT = Fault(
    code="SC507",
    slug="lengths_longer_than_input",
    headline="lengths count steps that the padded tensor does not have",
    why=(
        "Sequences that are cut must have their lengths cut too. torch does not check lengths against the padded "
        "tensor: packing succeeds, the object is inconsistent, and the error comes from inside the next layer."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Cut the lengths where the sequences are cut.",
    messages=(r"start \(\d+\) \+ length \(\d+\) exceeds dimension size \(\d+\)",),
)
