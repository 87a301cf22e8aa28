"""There is not one length for each sequence."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.input.batch_first_missing import FAULT as BATCH_FIRST
from shapecheck.reading.failing import failed, operand, says, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "pack_padded_sequence")
    if operation is None or BATCH_FIRST.recognise(evidence) is not None:
        return None
    sizes, lengths = shape(operation, "input"), operand(operation, "lengths")
    if lengths is None or not says(evidence, r"len\(lengths\)", r"1D CPU int64", r"lengths"):
        return None
    if says(evidence, r"sorted|greater than 0|<= 0"):
        return None
    it = "the padded tensor" if sizes is None else f"the padded tensor is {sizes}; it"
    return Recognition(f"{it} needs one int64 length for each sequence, as a 1-D tensor", weight=5)


BAD = """\
import torch
from torch.nn.utils.rnn import pack_padded_sequence

padded = torch.randn(3, 7, 10)
lengths = torch.tensor([[7], [5], [2]])
packed = pack_padded_sequence(padded, lengths, batch_first=True)
print(packed.data.shape)
"""

GOOD = BAD.replace(
    "padded, lengths,",
    "padded, lengths.squeeze(1),",
)

FAULT = Fault(
    code="SC524",
    slug="lengths_of_other_count",
    headline="there is not one length for each sequence",
    why=(
        "pack_padded_sequence takes one length for each sequence of the batch, as a list or as a 1-D int64 tensor "
        "on the CPU, in the order of the batch."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One length a sequence, 1-D, on the CPU.",
    messages=(
        r"Expected `len\(lengths\)` to be equal to batch_size",
        r"'lengths' argument should be a 1D CPU int64 tensor",
    ),
)
