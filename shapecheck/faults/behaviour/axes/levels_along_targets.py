"""The levels of a quantile loss run along the targets instead of along the learned quantiles."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
levels = (torch.arange(5) + 0.5) / 5


def quantile_loss(values, wanted):
    difference = wanted.unsqueeze(1) - values.unsqueeze(2)
    return ((levels - (difference < 0).float()).abs() * difference.abs()).sum(1).mean()


batch = torch.randn(4, 3), torch.randn(4, 5)
report = audit(nn.Linear(3, 5), quantile_loss, batch)
"""
)

GOOD = BAD.replace("((levels -", "((levels.view(1, -1, 1) -")

FAULT = Fault(
    code="SC844",
    slug="levels_along_targets",
    headline="the levels of a quantile loss run along the targets instead of along the learned quantiles",
    why=(
        "Each learned value is the quantile of one level: that level weighs its differences to all targets. Spread "
        "along the targets the levels weigh these instead, and all learned values come to the same middle."
    ),
    recognise=sees("levels_along_targets"),
    bad=BAD,
    good=GOOD,
    lesson="Give the levels the axes of the learned values, with ones for the others.",
)
