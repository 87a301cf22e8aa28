"""A sequence to be packed has no steps."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, value


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "pack_padded_sequence", "pack_sequence")
    lengths = value(operation, "lengths")
    # Lengths that stand there as a call are not known by their numbers.
    is_said = says(evidence, r"Length of all samples has to be greater than 0") is not None
    if not is_said and (lengths is None or lengths.facts.get("min", 1) > 0):
        return None
    return Recognition(
        "the shortest length is 0, and a recurrent layer has no answer for a sequence without steps", weight=6
    )


BAD = """\
import torch
from torch.nn.utils.rnn import pack_padded_sequence

tokens = torch.tensor([[4, 2, 9], [5, 0, 0], [0, 0, 0]])
lengths = (tokens != 0).sum(dim=1)
packed = pack_padded_sequence(torch.randn(3, 3, 10), lengths, batch_first=True)
print(packed.data.shape)
"""

GOOD = BAD.replace(
    ".sum(dim=1)",
    ".sum(dim=1).clamp(min=1)",
)

FAULT = Fault(
    code="SC509",
    slug="sequence_without_steps",
    headline="a sequence to be packed has no steps",
    why=(
        "Empty texts, or rows that are all padding, have length 0. Leave them out of the data, or give them one "
        "step of padding."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Every sequence needs at least one step.",
    messages=(r"Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0",),
)
