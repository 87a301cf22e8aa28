"""A decoder gives pictures of another size than those that it is to give back."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.compared.nearly_alike import UPWARDS, decoded_apart
from shapecheck.reading.sources import user_sources


def _recognise(evidence: Evidence) -> Recognition | None:
    found = decoded_apart(evidence)
    if found is None or not any(True for source in user_sources(evidence) for _ in source.calls(*UPWARDS)):
        return None
    return Recognition(f"{found[0]} and {found[1]} differ in their places, by rounding", weight=6)


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
