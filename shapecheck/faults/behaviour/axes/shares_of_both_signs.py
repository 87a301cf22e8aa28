"""Scores were divided by their sum, without a softmax."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x):
        weights = self.query(x) @ self.key(x).mT
        weights = weights / weights.sum(dim=-1, keepdim=True)
        return weights @ x


report = audit(Model(), nn.MSELoss(), (torch.randn(4, 9, 6), torch.randn(4, 9, 6)))
"""
)

GOOD = BAD.replace("self.key(x).mT", "self.key(x).mT\n        weights = weights.exp()")

FAULT = Fault(
    code="SC1048",
    slug="shares_of_both_signs",
    headline="weights that are divided by their sum are scores of both signs",
    why=(
        "Divided by their sum, numbers that are never negative are shares of one. The sum of scores is as often below "
        "zero as above, where it turns the weights over, and near zero it makes them as large as you like."
    ),
    recognise=sees("shares_of_both_signs"),
    bad=BAD,
    good=GOOD,
    lesson="A softmax makes shares of scores.",
)
