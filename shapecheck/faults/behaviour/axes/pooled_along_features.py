"""A pooling that was meant for the positions ran along their features."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 8), nn.Linear(16, 5)

    def forward(self, points):
        each = self.first(points).relu()
        common = each.amax(dim=2, keepdim=True).expand_as(each)
        return self.second(torch.cat([each, common], dim=2)).mean(dim=1)


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("amax(dim=2", "amax(dim=1")

FAULT = Fault(
    code="SC794",
    slug="pooled_along_features",
    headline="a pooling runs along the features, and is spread over them again",
    why=(
        "To tell each position what all have in common, the largest or the mean is taken over the positions. Taken "
        "along the features it is one number of that position, repeated as often as there are features."
    ),
    recognise=sees("pooled_along_features"),
    bad=BAD,
    good=GOOD,
    lesson="Pool over the axis that shall go, and spread over that same axis.",
)
