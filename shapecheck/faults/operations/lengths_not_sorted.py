"""The sequences to be packed are not sorted by length."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "pack_padded_sequence", "pack_sequence")
    if operation is None or not says(evidence, r"sorted"):
        return None
    return Recognition("packing wants the longest sequence first unless enforce_sorted=False is said", weight=6)


BAD = """\
import torch
from torch.nn.utils.rnn import pack_padded_sequence

padded = torch.randn(3, 7, 10)
packed = pack_padded_sequence(padded, [2, 7, 5], batch_first=True)
print(packed.data.shape)
"""

GOOD = BAD.replace(
    "batch_first=True)",
    "batch_first=True, enforce_sorted=False)",
)

FAULT = Fault(
    code="SC508",
    slug="lengths_not_sorted",
    headline="the sequences to be packed are not sorted by length",
    why=(
        "A packed sequence holds, for each step, the sequences that are still running, so they are kept by "
        "falling length. enforce_sorted=False sorts them, and pad_packed_sequence and the states that come back "
        "are in your own order again."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="enforce_sorted=False, unless you sorted them yourself.",
    messages=(r"`lengths` array must be sorted in decreasing order when `enforce_sorted` is True",),
)
