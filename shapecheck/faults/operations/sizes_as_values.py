"""A tensor was made of the sizes that it was to have."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.sizes.sizes_as_values import sizes_as_values


def _recognise(evidence: Evidence) -> Recognition | None:
    found = sizes_as_values(evidence)
    if found is None:
        return None
    return Recognition(
        f"{found.call.text} holds these numbers, one behind the other: it has one axis, not one of each of these sizes",
        certainty="proved" if found.is_sure else "likely",
        weight=9 if found.is_sure else 1,
    )


BAD = """\
import torch

parts = torch.randn(4, 3, 5)
buffer = torch.tensor((4, 3, 5), dtype=torch.float)
for at in range(4):
    buffer[at].copy_(parts[at])
print(buffer.shape)
"""

GOOD = BAD.replace("torch.tensor((4", "torch.zeros((4")

FAULT = Fault(
    code="SC581",
    slug="sizes_as_values",
    headline="a tensor was made of the sizes that it was to have",
    why=(
        "torch.tensor and numpy.array take numbers to hold: torch.tensor((4, 3)) is the two numbers 4 and 3. zeros, "
        "ones and empty take sizes. torch.Tensor takes either: sizes one by one, numbers in a list."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="tensor and array take values; zeros, ones and empty take sizes.",
    messages=(r"output with shape \[\] doesn't match the broadcast shape",),
    see="print(buffer.shape)",
)
