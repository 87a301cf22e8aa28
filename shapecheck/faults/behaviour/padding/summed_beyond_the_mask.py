"""A sum takes in what the count that it is divided by leaves out."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.linear = nn.Linear(8, 1)

    def forward(self, words):
        return self.linear(self.embedding(words)).squeeze(-1)


def loss(values, targets):
    mask = (targets != 0).float()
    errors = (values - targets) ** 2
    return errors.sum() / mask.sum()


words = torch.randint(1, 9, (4, 6))
words[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
report = audit(Model(), loss, (words, words / 9))
"""
)

GOOD = BAD.replace("errors.sum()", "(errors * mask).sum()")

FAULT = Fault(
    code="SC865",
    slug="summed_beyond_the_mask",
    headline="a sum takes in padding that its divisor leaves out",
    why=(
        "mask.sum() counts what is real, but the sum above it runs over all positions. The model is trained on what it "
        "says behind the end of each sequence, and the more padding a batch has, the larger the loss."
    ),
    recognise=sees("summed_beyond_the_mask"),
    bad=BAD,
    good=GOOD,
    lesson="Multiply by the mask first, then divide by its sum.",
)
