"""The index of gather has not the axes of the tensor."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, index_of, says, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "gather", "scatter", "scatter_", "scatter_add", "scatter_add_")
    sizes = shape(operation, "self", "input")
    item = index_of(operation) if operation is not None else None
    index = item.value.record.shape if item is not None and item.value.record is not None else None
    if sizes is None and index is not None and says(evidence, r"same number of dimensions"):
        # What it was called on has no name: the message knows.
        return Recognition(f"the index is {index}, which are fewer or more axes than the tensor has", weight=5)
    if sizes is None or index is None or len(sizes) == len(index):
        return None
    return Recognition(f"the tensor is {sizes} and the index {index}: they need the same number of axes", weight=5)


BAD = """\
import torch

out = torch.randn(4, 7, 16)
lengths = torch.tensor([3, 7, 2, 5])
last = out.gather(1, lengths - 1)
print(last.shape)
"""

GOOD = BAD.replace(
    "out.gather(1, lengths - 1)",
    "out.gather(1, (lengths - 1).view(-1, 1, 1).expand(-1, 1, 16)).squeeze(1)",
)

FAULT = Fault(
    code="SC541",
    slug="index_of_gather",
    headline="the index of gather has not the axes of the tensor",
    why=(
        "gather takes one number for each position of its index, so the index has as many axes as the tensor: one "
        "for each sample, of size 1 along the gathered axis, and repeated along the features. "
        "out[torch.arange(n), lengths - 1] says the same more simply."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The index of gather has the axes of the result.",
    messages=(r"Index tensor must have the same number of dimensions as (input|self) tensor",),
)
