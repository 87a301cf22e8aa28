"""The channels of all samples are multiplied with each other, where those of each were meant."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """

def gram(maps):
    b, c, h, w = maps.shape
    rows = maps.view(b * c, h * w)
    return rows @ rows.t() / (c * h * w)


def loss(made, style):
    return nn.functional.mse_loss(gram(made), gram(style))


batch = torch.randn(3, 2, 6, 7), torch.randn(3, 4, 6, 7)
report = audit(nn.Conv2d(2, 4, 3, padding=1), loss, batch)
"""
)

GOOD = BAD.replace("view(b * c, h * w)", "view(b, c, h * w)").replace("rows.t()", "rows.mT")

FAULT = Fault(
    code="SC770",
    slug="gram_of_all_samples",
    headline="the channels of all samples are multiplied with each other",
    why=(
        "A gram matrix says which channels of one image go together. Where samples and channels share an axis, the "
        "channels of one image meet those of all others, and what is learned of it depends on who is in the batch."
    ),
    recognise=sees("gram_of_all_samples"),
    bad=BAD,
    good=GOOD,
    lesson="The axis of the samples stays in front: (b, c, h * w) times its transpose.",
)
