"""A mask, weights or a focal factor for single items meet one number that was made of all of them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
def masked(scores, labels):
    keep = (labels > 0).float()
    return (nn.functional.cross_entropy(scores, labels) * keep).sum() / keep.sum()


batch = torch.randn(4, 3), torch.tensor([0, 1, 2, 3])
report = audit(nn.Linear(3, 5), masked, batch)
"""
)

GOOD = BAD.replace("(scores, labels) * keep", "(scores, labels, reduction='none') * keep")

FAULT = Fault(
    code="SC796",
    slug="weighted_after_reduction",
    headline="weights that are meant for each item meet one number for all",
    why=(
        "A loss with its mean or sum taken is one number. Multiplied by a mask it stands at every place of the mask, "
        "so nothing is left out, and a factor that is made of it is the same for easy and for hard items: weights have "
        "to meet the losses of the items before these are added up."
    ),
    recognise=sees("weighted_after_reduction"),
    bad=BAD,
    good=GOOD,
    lesson="First the loss of each item (reduction='none'), then the mask, then the mean.",
)
