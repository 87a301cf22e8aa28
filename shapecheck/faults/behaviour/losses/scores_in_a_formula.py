"""A formula for probabilities is fed with scores."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Dice(nn.Module):
    def forward(self, prediction, mask):
        both = (prediction * mask).sum()
        return 1 - (2 * both + 1) / (prediction.sum() + mask.sum() + 1)


model = nn.Conv2d(1, 1, 3, padding=1)
images = torch.randn(4, 1, 6, 5)
report = audit(model, Dice(), (images, (images > 0.5).float()))
"""
)

GOOD = BAD.replace(
    "model = nn.Conv2d(1, 1, 3, padding=1)", "model = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.Sigmoid())"
)

FAULT = Fault(
    code="SC734",
    slug="scores_in_a_formula",
    headline="a formula for probabilities is fed with scores",
    why=(
        "An overlap such as Dice or IoU, or a cross entropy written by hand, counts shares between zero and "
        "one. Scores may have any sign and size: the formula has no bound any more, and its best value is no "
        "segmentation."
    ),
    recognise=sees("scores_in_a_formula"),
    bad=BAD,
    good=GOOD,
    lesson="Put the sigmoid or the softmax in front of a formula that counts shares.",
)
