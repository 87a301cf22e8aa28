"""A reshape put the features along another axis, where the next layer reads them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, 3)
        self.linear = nn.Linear(6, 5)

    def forward(self, x):
        maps = self.conv(x).relu()
        return self.linear(maps.view(4, -1, 6)).amax(dim=1)


batch = torch.randn(4, 1, 5, 7), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("maps.view(4, -1, 6)", "maps.permute(0, 2, 3, 1).reshape(4, -1, 6)")

FAULT = Fault(
    code="SC799",
    slug="features_reshaped",
    headline="a reshape put the features along another axis without turning the tensor",
    why=(
        "view and reshape keep the numbers in their order and cut them anew. The sizes are those of a turned tensor, "
        "so the next layer runs; what it takes for the features of one position are neighbours of one feature."
    ),
    recognise=sees("features_reshaped"),
    bad=BAD,
    good=GOOD,
    lesson="To swap two axes takes transpose or permute; a reshape cuts.",
)
