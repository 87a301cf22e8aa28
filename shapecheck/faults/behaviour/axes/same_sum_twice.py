"""Both coordinates were summed over the same axis of a map."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, padding=1)

    def forward(self, image):
        shares = self.conv(image).flatten(2).softmax(dim=-1).view(-1, 3, 8, 8)
        across, down = torch.linspace(-1, 1, 8), torch.linspace(-1, 1, 8)
        return torch.stack([(shares.sum(2) * across).sum(-1), (shares.sum(2) * down).sum(-1)], dim=-1)


report = audit(Model(), nn.MSELoss(), (torch.rand(5, 1, 8, 8), torch.rand(5, 3, 2)))
"""
)

GOOD = BAD.replace("shares.sum(2) * down", "shares.sum(3) * down")

FAULT = Fault(
    code="SC1046",
    slug="same_sum_twice",
    headline="two numbers that are put side by side are the same sum",
    why=(
        "Summed over its rows, a map says how far across something lies, and over its columns, how far down. Where "
        "both run along the same axis of a square map, they are one number, and the other half is never read."
    ),
    recognise=sees("same_sum_twice"),
    bad=BAD,
    good=GOOD,
    lesson="p.sum(2) leaves the columns, p.sum(3) leaves the rows.",
)
