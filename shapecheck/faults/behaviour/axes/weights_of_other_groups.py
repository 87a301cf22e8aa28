"""Weights of items of groups are shared out over other items than are added up."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
group = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 2])


class Pooling(nn.Module):
    def __init__(self):
        super().__init__()
        self.score, self.linear = nn.Linear(4, 1), nn.Linear(4, 1)

    def forward(self, x):  # the items of three samples, one behind the other
        weights = self.score(x).exp()
        weights = weights / weights.sum(0)
        return self.linear(torch.zeros(3, 4).index_add(0, group, weights * x))


batch = torch.randn(9, 4), torch.randn(3, 1)
report = audit(Pooling(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("weights.sum(0)", "torch.zeros(3, 1).index_add(0, group, weights)[group]")

FAULT = Fault(
    code="SC859",
    slug="weights_of_other_groups",
    headline="weights are shared out over other items than are added up",
    why=(
        "A mean with weights needs weights that sum to one over the items that go into it. Over the items of all "
        "samples, or over the edges that leave a node in the place of those that arrive, their sum is any number."
    ),
    recognise=sees("weights_of_other_groups"),
    bad=BAD,
    good=GOOD,
    lesson="Normalise by the same numbers of groups by which the weighted items are added up.",
)
