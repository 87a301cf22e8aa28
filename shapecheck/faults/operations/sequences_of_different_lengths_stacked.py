"""Sequences of different lengths cannot be stacked."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.joined.joined_lists import joined_list
from shapecheck.reading.sizes.refused_widths import widths_differ


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "stack")
    shapes = [item.value.record.shape for item in tensors(operation) if item.value.record] if operation else []
    if len({len(sizes) for sizes in shapes}) > 1:
        # They differ in more than a length.
        return None
    if widths_differ(evidence) or not says(
        evidence,
        r"stack expects each tensor to be equal size",
        r"each element in list of batch should be of equal size",
        r"expected sequence of length \d+ at dim \d+",
    ):
        return None
    collected = joined_list(evidence)
    if collected is not None and collected.ends_short:
        return None
    return Recognition(
        "a batch is a tensor with one size for each axis; sequences of several lengths must be padded first",
        weight=6,
    )


BAD = """\
import torch
from torch.nn.utils.rnn import pad_sequence

sequences = [torch.randn(7, 10), torch.randn(5, 10), torch.randn(2, 10)]
batch = torch.stack(sequences)
print(batch.shape)
"""

GOOD = BAD.replace(
    "torch.stack(sequences)",
    "pad_sequence(sequences, batch_first=True)",
)

FAULT = Fault(
    code="SC505",
    slug="sequences_of_different_lengths_stacked",
    headline="sequences of different lengths cannot be stacked",
    why=(
        "stack, torch.tensor and the default collate of a DataLoader make one tensor of a batch, and a tensor has "
        "one size for each axis. pad_sequence fills the shorter sequences up; a DataLoader does it with a "
        "collate_fn of its own, which returns the lengths beside."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Pad to the longest, in the collate_fn, and keep the lengths.",
    messages=(
        r"stack expects each tensor to be equal size",
        r"each element in list of batch should be of equal size",
        r"expected sequence of length \d+ at dim \d+ \(got \d+\)",
    ),
)
