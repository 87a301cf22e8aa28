"""A mask of zeros and ones was used as numbers of rows."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 5)

    def forward(self, x):
        ended = (x[:, 0] > 0).long()
        out = self.linear(x)
        kept = out.clone()
        kept[ended] = 0.0
        return kept


report = audit(Model(), nn.MSELoss(), (torch.randn(6, 3), torch.randn(6, 5)))
"""
)

GOOD = BAD.replace("(x[:, 0] > 0).long()", "x[:, 0] > 0")

FAULT = Fault(
    code="SC833",
    slug="mask_as_numbers",
    headline="zeros and ones that say yes or no were taken for the numbers of rows",
    why=(
        "An index of whole numbers says which rows; only one of True and False is a mask. Zeros and ones as whole "
        "numbers pick the rows 0 and 1, over and over."
    ),
    recognise=sees("mask_as_numbers"),
    bad=BAD,
    good=GOOD,
    lesson="A mask is of True and False: x[done.bool()].",
)
