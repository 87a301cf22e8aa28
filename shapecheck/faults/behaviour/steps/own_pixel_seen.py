"""A model that predicts pixel by pixel, or column by column, is given what it is asked for."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Masked(nn.Conv2d):
    def __init__(self, width, out, centre):
        super().__init__(width, out, 3, padding=1)
        mask = torch.ones(3, 3)
        mask[2], mask[1, 2], mask[1, 1] = 0, 0, centre
        self.register_buffer("mask", mask)

    def forward(self, x):
        return nn.functional.conv2d(x, self.weight * self.mask, self.bias, padding=1)


model = nn.Sequential(Masked(1, 8, True), nn.ReLU(), Masked(8, 8, True), nn.ReLU(), nn.Conv2d(8, 1, 1))
x = (torch.rand(5, 1, 7, 6) < 0.5).float()
loss = nn.functional.binary_cross_entropy_with_logits(model(x), x)
loss.backward()
"""
)

GOOD = BAD.replace("Masked(1, 8, True)", "Masked(1, 8, False)")

FAULT = Fault(
    code="SC895",
    slug="own_pixel_seen",
    headline="a model that goes from pixel to pixel, or column to column, is given what it is asked for",
    why=(
        "A model that draws images pixel by pixel knows those in front, in the order of reading, and one that draws "
        "rows those columns that its masks let through. If it reads the pixel or the column itself as well, the "
        "answer is in the question: the loss falls to nothing, and what is drawn looks like nothing."
    ),
    recognise=sees("own_pixel_seen"),
    bad=BAD,
    good=GOOD,
    lesson="The mask of the first layer leaves out the centre of the kernel (type A), those behind it let it through.",
)
