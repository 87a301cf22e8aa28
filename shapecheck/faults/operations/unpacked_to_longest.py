"""What was packed comes back as long as the longest sequence of the batch, not as long as it was."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.steps.unpacked import unpacked_shorter


def _recognise(evidence: Evidence) -> Recognition | None:
    found = unpacked_shorter(evidence)
    if found is None:
        return None
    because = (
        f"{found.name} has {found.want} steps; the longest sequence of this batch has {found.have}, and "
        "pad_packed_sequence gives no more back"
    )
    return Recognition(because, weight=7, place=found.call)


BAD = """\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

tokens = torch.tensor([[5, 2, 3, 0, 0], [4, 1, 0, 0, 0]])  # (batch_size, seq_length), padded with 0
mask = tokens != 0
embed, gru = nn.Embedding(9, 6), nn.GRU(6, 8, batch_first=True)
packed = pack_padded_sequence(embed(tokens), mask.sum(1), batch_first=True)
out, _ = pad_packed_sequence(gru(packed)[0], batch_first=True)
print(out[mask].shape)
"""

GOOD = BAD.replace(
    "(gru(packed)[0], batch_first=True)",
    "(gru(packed)[0], batch_first=True, total_length=tokens.size(1))",
)

FAULT = Fault(
    code="SC538",
    slug="unpacked_to_longest",
    headline="what was packed comes back as long as the longest sequence of the batch",
    why=(
        "Packing leaves out all padding, and unpacking pads to the longest sequence of this batch. A mask or labels "
        "that were padded to a common length have more steps then. total_length says how many are wanted."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="pad_packed_sequence(..., total_length=x.size(1)) gives back the length that went in.",
    messages=(
        r"The shape of the mask \[\d+, \d+\] at index \d+ does not match the shape of the indexed tensor",
        r"the first two dimensions of emissions and mask must match",
    ),
)
