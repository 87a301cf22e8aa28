"""A map is read at places whose row stands where the column belongs."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Moving(nn.Module):
    def __init__(self):
        super().__init__()
        self.flow = nn.Conv2d(1, 2, 3, padding=1)

    def forward(self, image):
        rows, columns = torch.meshgrid(torch.linspace(-1, 1, 7), torch.linspace(-1, 1, 9), indexing="ij")
        places = torch.stack((rows, columns), dim=-1)
        moved = places + 0.05 * self.flow(image).tanh().permute(0, 2, 3, 1)
        return nn.functional.grid_sample(image, moved, align_corners=True)


batch = torch.rand(4, 1, 7, 9), torch.rand(4, 1, 7, 9)
report = audit(Moving(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace("(rows, columns), dim", "(columns, rows), dim")

FAULT = Fault(
    code="SC725",
    slug="row_and_column_exchanged",
    headline="a map is read at places whose row and column are exchanged",
    why=(
        "A tensor is indexed by row and column, and meshgrid gives them in that order. grid_sample wants x and y: the "
        "first number of a place says where along the last axis. Exchanged, it reads the map turned over its diagonal."
    ),
    recognise=sees("row_and_column_exchanged"),
    bad=BAD,
    good=GOOD,
    lesson="grid_sample reads at (x, y): the column first, then the row.",
)
