"""Patches are cut out of an image, or put back into one, by reshapes alone."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.head = nn.Linear(4 * 4 * 3, 8), nn.Linear(8, 5)

    def forward(self, x):
        rows = x.view(-1, 2, 4, 5, 4, 3).reshape(-1, 2 * 5, 4 * 4 * 3)
        return self.head(self.embed(rows).relu().amax(dim=1))


batch = torch.randn(6, 8, 20, 3), torch.randint(0, 5, (6,))
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace(".reshape(-1, 2 * 5", ".permute(0, 1, 3, 2, 4, 5).reshape(-1, 2 * 5")

FAULT = Fault(
    code="SC841",
    slug="patches_not_turned",
    headline="patches are cut out or put back by reshapes alone, with no axes changing places in between",
    why=(
        "A reshape keeps the numbers in their order. Split into (row of patches, row inside, column of patches, column "
        "inside) and joined right away, they come out as stripes that run across patches."
    ),
    recognise=sees("patches_not_turned"),
    bad=BAD,
    good=GOOD,
    lesson="Between the reshape that splits and the one that joins, the axes must change places.",
)
