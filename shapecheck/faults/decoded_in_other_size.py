"""A decoder gives pictures of another size than those that it is to give back."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.failing import SAME_SHAPE_LOSSES, failed, shape
from shapecheck.fault import Fault, Recognition
from shapecheck.mismatches import rounded_apart


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *SAME_SHAPE_LOSSES)
    given, wanted = (shape(operation, role) if operation is not None else None for role in ("input", "target"))
    if given is None or wanted is None or given[:2] != wanted[:2] or not rounded_apart(given, wanted, 2):
        return None
    return Recognition(f"the prediction is {given}, the target {wanted}: the places differ, by rounding", weight=6)


BAD = """\
import torch
from torch import nn

images = torch.rand(4, 1, 28, 28)
encode = nn.Conv2d(1, 8, 3, stride=2, padding=1)
decode = nn.ConvTranspose2d(8, 1, 3, stride=2, padding=1)
loss = nn.functional.binary_cross_entropy(torch.sigmoid(decode(encode(images))), images)
print(loss.item())
"""

GOOD = BAD.replace(
    "1, 3, stride=2, padding=1)\nloss",
    "1, 3, stride=2, padding=1, output_padding=1)\nloss",
)

FAULT = Fault(
    code="SC458",
    slug="decoded_in_other_size",
    headline="a decoder gives pictures of another size than those that it is to give back",
    why=(
        "A transposed convolution with stride 2 does not know whether the size before was odd or even: it gives "
        "the smaller one. output_padding adds the row and the column."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="output_padding makes up for what a stride has rounded.",
    messages=(
        r"Using a target size \(torch\.Size\(.*\)\) that is different to the input size",
        r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",
    ),
)
