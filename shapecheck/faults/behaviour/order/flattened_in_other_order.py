"""Two tensors were flattened from the same axes in different orders, and meet position by position."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv2d(2, 6, 3, padding=1), nn.Linear(6, 5)

    def forward(self, x):
        height, width = x.shape[2:]
        rows, columns = torch.meshgrid(torch.arange(width), torch.arange(height), indexing="ij")
        middle = (rows + columns).flatten() / (height + width)
        return self.linear((self.conv(x).relu().flatten(2) * middle).mean(dim=2))


batch = torch.randn(4, 2, 5, 8), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("torch.arange(width), torch.arange(height)", "torch.arange(height), torch.arange(width)")

FAULT = Fault(
    code="SC851",
    slug="flattened_in_other_order",
    headline="two tensors that meet position by position were flattened in different orders",
    why=(
        "Flattened from (height, width), position k is row k // width. Flattened from (width, height), it is another "
        "place. There are as many positions in both, so they meet without an error, and only on square maps it does "
        "no harm."
    ),
    recognise=sees("flattened_in_other_order"),
    bad=BAD,
    good=GOOD,
    lesson="Grids, masks and maps are flattened from the same axes in the same order.",
)
