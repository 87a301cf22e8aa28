"""The truths of many numbers were joined by words of Python that ask for one."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch

ids = torch.tensor([3, -1, 7, 2])
known = 0 <= ids < 5
print(ids[known])
"""

GOOD = BAD.replace("0 <= ids < 5", "(ids >= 0) & (ids < 5)")

FAULT = Fault(
    code="SC954",
    slug="truths_joined_by_words",
    headline="truths of many numbers were joined by words that ask for one",
    why=(
        "and, or, not, a chain of comparisons, and Python's max and min each ask what stands in front for one truth, "
        "and a comparison of tensors gives one for each number. &, |, ~, torch.maximum and torch.minimum go number by "
        "number; the first two bind closer than a comparison, which needs brackets beside them."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Masks are joined with & and |, each comparison in brackets.",
    messages=(
        r"Boolean value of Tensor with more than one value is ambiguous",
        r"truth value of an array with more than one element is ambiguous",
    ),
    speaks_for=lambda message: -1.0,
)
