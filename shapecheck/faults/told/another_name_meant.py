"""A name stands where its neighbour was meant."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch


def hide(scores, mask, key_mask):
    return scores.masked_fill(mask, float("-inf")).softmax(-1)


scores = torch.randn(4, 6, 6)
mask, key_mask = torch.zeros(4, 1, 7).bool(), torch.zeros(4, 1, 6).bool()
print(hide(scores, mask, key_mask).shape)
"""

GOOD = BAD.replace("fill(mask", "fill(key_mask")

FAULT = Fault(
    code="SC593",
    slug="another_name_meant",
    headline="a name stands where its neighbour was meant",
    why=(
        "Names that are alike are easily taken for each other: the source for the target, the whole for its "
        "part. Python only sees that both are there, and torch that their sizes are not those of the rest."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="A parameter that nothing reads is a question: what was it for?",
    messages=(r"The size of tensor a .* must match the size of tensor b",),
    see="Look for parameters and names that are given a value and never read.",
    speaks_for=lambda message: -1.0,
)
