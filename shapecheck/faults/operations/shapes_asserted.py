"""The script holds two tensors to have one shape, and refuses them itself."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, kind, operand
from shapecheck.reading.mismatches import sizes_of


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "same_shape", "same_beginning")
    items = [operand(operation, role) for role in ("input", "target")] if operation is not None else []
    given = [each for each in items if each is not None and each.value.record is not None]
    if operation is None or len(given) != 2 or sizes_of(given[0]) == sizes_of(given[1]):
        return None
    shown = " and ".join(f"{each.expression} is {sizes_of(each)}" for each in given)
    wanted = "one shape of both" if kind(operation) == "same_shape" else "the one to begin as the other"
    return Recognition(f"{shown}, and the line wants {wanted}", weight=5)


BAD = """\
import torch
from torch import nn


def overlap(guess, truth):
    if guess.shape != truth.shape:
        raise ValueError("prediction and target are expected to have the same shape")
    return (guess * truth).mean()


net = nn.Conv2d(3, 1, 3, padding=1)
marks = torch.rand(5, 8, 10)
print(overlap(net(torch.rand(5, 3, 8, 10)), marks).shape)
"""

GOOD = BAD.replace("10)), marks)", "10)), marks.unsqueeze(1))")

FAULT = Fault(
    code="SC578",
    slug="shapes_asserted",
    headline="two tensors are held to one shape by the script, and have two",
    why=(
        "A line such as `assert a.shape == b.shape` is there since what follows would go through with other shapes as "
        "well, and be wrong: torch would spread one tensor over the other. So the line stays, and what it is given "
        "changes: the axis that one of the two lacks is put in before they come there, or one that has a single item "
        "and no use is dropped, or the axes of one of them are put in the other's order."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Leave the check as it is, and give it what it asks for.",
    messages=(r"expected to have the same shape",),
)
