"""An overlap is summed over the classes and some axes of the pixels, and not over all pixels."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """

def loss(scores, labels):
    likely = scores.softmax(dim=1)
    mask = nn.functional.one_hot(labels, 4).movedim(-1, 1)
    both = (likely * mask).sum(dim=(1, 2))
    return 1 - (2 * both / (likely.sum(dim=(1, 2)) + mask.sum(dim=(1, 2)))).mean()


batch = torch.randn(3, 2, 6, 7), torch.randint(0, 4, (3, 6, 7))
report = audit(nn.Conv2d(2, 4, 3, padding=1), loss, batch)
"""
)

GOOD = BAD.replace("dim=(1, 2)", "dim=(2, 3)")

FAULT = Fault(
    code="SC768",
    slug="overlap_of_half_a_map",
    headline="an overlap is summed over the classes, and not over all pixels",
    why=(
        "The probabilities of all classes are one together at each pixel, and so are the marks of the mask. Summed up "
        "over the classes, neither says how much of a class was predicted, so that the ratio has no union below."
    ),
    recognise=sees("overlap_of_half_a_map"),
    bad=BAD,
    good=GOOD,
    lesson="An overlap of each class is summed over all pixels, and over the classes last.",
)
