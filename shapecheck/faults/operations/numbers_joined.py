"""torch.cat of tensors without axes, as the losses of batches are."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import called, failed
from shapecheck.reading.joined.joined_numbers import joined_numbers


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if joined_numbers(evidence) is None or operation is None:
        return None
    return Recognition(
        f"{called(operation)} puts tensors together along an axis that each of them has, and these are single "
        "numbers, without an axis: shape ()",
        weight=5,
    )


BAD = """\
import torch

losses = []
for rows in torch.randn(5, 3, 4):
    losses.append((rows**2).mean())
print(torch.cat(losses).mean())
"""

GOOD = BAD.replace("torch.cat", "torch.stack")

FAULT = Fault(
    code="SC580",
    slug="numbers_joined",
    headline="numbers are to be joined along an axis that they do not have",
    why=(
        "A loss, a mean or an item of a tensor with one axis is a tensor without axes: shape (). cat joins along an "
        "axis that is there, and here is none. stack makes a new axis and puts the numbers one behind the other."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="cat lengthens an axis, stack makes one.",
    messages=(
        r"zero-dimensional tensor \(at position \d+\) cannot be concatenated",
        r"zero-dimensional arrays cannot be concatenated",
    ),
    see="print(losses[0].shape)",
)
