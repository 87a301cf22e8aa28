"""Two terms of a loss are the same."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Pairs(nn.Module):
    def __init__(self):
        super().__init__()
        self.images, self.texts = nn.Linear(6, 4), nn.Linear(6, 4)

    def forward(self, x):
        return self.images(x) @ self.texts(x.flip(1)).T


def loss(scores, labels):
    return nn.functional.cross_entropy(scores, labels) + nn.functional.cross_entropy(scores, labels)


batch = torch.randn(5, 6), torch.arange(5)
report = audit(Pairs(), loss, batch)
"""
)

GOOD = BAD.replace("+ nn.functional.cross_entropy(scores, labels)", "+ nn.functional.cross_entropy(scores.T, labels)")

FAULT = Fault(
    code="SC1032",
    slug="term_twice",
    headline="two terms of a loss are the same",
    why=(
        "A loss that is written out twice is meant to look from two sides: one view at the other and back, rows and "
        "columns. With the same tensors in the same places it looks from one side, twice, and what the other side "
        "would have taught is not learned."
    ),
    recognise=sees("term_twice"),
    bad=BAD,
    good=GOOD,
    lesson="The second term has its tensors the other way round, or those of the other view.",
)
