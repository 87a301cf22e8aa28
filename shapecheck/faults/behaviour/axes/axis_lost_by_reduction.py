"""A reduction dropped an axis, and its result was spread along the samples of a tensor that still has it."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.colours, self.alpha = nn.Conv2d(2, 3, 1), nn.Conv2d(2, 1, 1)

    def forward(self, image):
        weight = (self.colours(image) ** 2).sum(1)
        return (self.alpha(image) + weight).mean((1, 2, 3))


batch = torch.randn(4, 2, 5, 5), torch.randn(4)
report = audit(Model(), nn.MSELoss(), batch)
"""
)

GOOD = BAD.replace(".sum(1)", ".sum(1, keepdim=True)")

FAULT = Fault(
    code="SC813",
    slug="axis_lost_by_reduction",
    headline="an axis that a reduction dropped makes each sample meet all others",
    why=(
        "Without keepdim=True a reduction of (batch, channels, height, width) gives (batch, height, width). Axes are "
        "aligned from the right, so beside (batch, 1, height, width) its samples lie along the channels, and the "
        "result holds every sample with every other one."
    ),
    recognise=sees("axis_lost_by_reduction"),
    bad=BAD,
    good=GOOD,
    lesson="keepdim=True where what comes out meets tensors of as many axes as what went in.",
)
