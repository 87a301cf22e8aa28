"""permute names another number of axes than the tensor has."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, numbers, says, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    array = failed(evidence, "transpose")
    if array is not None and says(evidence, r"axes don't match array"):
        return Recognition("transpose names each axis of the array once, and here it is another number", weight=5)
    operation = failed(evidence, "permute")
    sizes = shape(operation, "self", "input")
    if operation is None or sizes is None:
        return None
    order = numbers(operation, "dims[", "dim[", "dims", "dim")
    if len(order) == len(sizes):
        return None
    return Recognition(f"the tensor {sizes} has {len(sizes)} axes, and {len(order)} are named", weight=5)


BAD = """\
import torch

seen = torch.randn(4, 12, 1, 20)  # (batch_size, channels, 1, width)
steps = seen.permute(2, 0, 1)
print(steps.shape)
"""

GOOD = BAD.replace(
    "seen.permute(2, 0, 1)",
    "seen.squeeze(2).permute(2, 0, 1)",
)

FAULT = Fault(
    code="SC316",
    slug="permute_of_other_number_of_axes",
    headline="permute names another number of axes than the tensor has",
    why=(
        "permute lists every axis of the tensor once. Where an axis of size 1 is left over, as the height behind "
        "the convolutions of a text reader, it must go first, or be named too."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="permute names every axis once.",
    messages=(
        r"number of dimensions in the tensor input does not match the length of the desired ordering of dimensions",
    ),
)
