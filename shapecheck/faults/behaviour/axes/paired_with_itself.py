"""Each number is compared with itself, where pairs were meant."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
def ranking(scores, ages):
    above = scores.unsqueeze(0) - scores.unsqueeze(0)
    older = ages.unsqueeze(1) - ages.unsqueeze(0)
    return nn.functional.softplus(-above * older).mean()


model = nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))
report = audit(model, ranking, (torch.randn(4, 3), torch.randn(4)))
"""
)

GOOD = BAD.replace("above = scores.unsqueeze(0)", "above = scores.unsqueeze(1)")

FAULT = Fault(
    code="SC729",
    slug="paired_with_itself",
    headline="each number is compared with itself, where pairs were meant",
    why=(
        "A column against a row makes a table of all pairs. A row against a row stays a row: each number meets itself, "
        "is never larger and never smaller, and the difference is zero."
    ),
    recognise=sees("paired_with_itself"),
    bad=BAD,
    good=GOOD,
    lesson="For all pairs, x.unsqueeze(1) stands against x.unsqueeze(0).",
)
