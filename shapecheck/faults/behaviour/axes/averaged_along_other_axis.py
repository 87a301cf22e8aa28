"""A mean of exponentials divides by the size of another axis than the one that it adds up along."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
import math


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, x):
        return self.linear(x + 0.1 * torch.randn(6, 5, 4))


def loss(drawn, target):
    likely = -((drawn - target) ** 2).sum(-1)
    return -(likely.logsumexp(-1) - math.log(len(drawn))).mean()


report = audit(Model(), loss, (torch.randn(5, 4), torch.randn(5, 3)))
"""
)

GOOD = BAD.replace("logsumexp(-1)", "logsumexp(0)")

FAULT = Fault(
    code="SC769",
    slug="averaged_along_other_axis",
    headline="a mean of exponentials divides by the size of another axis than it adds up along",
    why=(
        "The logarithm of a mean is that of the sum, less the logarithm of how many were added up. Where this is the "
        "size of another axis, the sum runs along the wrong one: samples are averaged where draws were meant."
    ),
    recognise=sees("averaged_along_other_axis"),
    bad=BAD,
    good=GOOD,
    lesson="What comes off is the logarithm of the size of the axis that is gone.",
)
