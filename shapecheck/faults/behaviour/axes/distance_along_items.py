"""A distance between items was measured along the items."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Distances(nn.Module):
    def __init__(self):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(5, 8))

    def forward(self, x):  # (batch_size, num_features)
        gaps = x[:, None, :] - self.centres[None, :, :]
        return -gaps.pow(2).sum(dim=1)


batch = torch.randn(4, 3), torch.tensor([0, 1, 2, 3])
report = audit(nn.Sequential(nn.Linear(3, 8), Distances()), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("sum(dim=1)", "sum(dim=2)")

FAULT = Fault(
    code="SC827",
    slug="distance_along_items",
    headline="a distance between items is measured along the items",
    why=(
        "A distance adds up what two items differ by in each feature, and leaves one number for each pair of items. "
        "Along the items, it adds up what all of them differ by in one feature, and leaves one number for each feature."
    ),
    recognise=sees("distance_along_items"),
    bad=BAD,
    good=GOOD,
    lesson="The axis of the features is the one that a distance takes away.",
)
