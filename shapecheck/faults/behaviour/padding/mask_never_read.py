"""A loss or an attention is given the mask of the padding, and goes over all positions."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8, padding_idx=0)
        self.linear = nn.Linear(8, 1)

    def forward(self, words):
        return self.linear(self.embedding(words)).squeeze(-1)


def error(values, targets, mask):
    return ((values - targets) ** 2).mean()


def loss(values, words):
    return error(values, torch.arange(6.0), words != 0)


words = torch.randint(1, 9, (4, 6))
words[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
report = audit(Model(), loss, (words, words))
"""
)

GOOD = BAD.replace("return ((values - targets) ** 2).mean()", "return ((values - targets)[mask] ** 2).mean()")

FAULT = Fault(
    code="SC715",
    slug="mask_never_read",
    headline="a loss or an attention was given the mask of the padding and never reads it",
    why=(
        "The mean runs over all positions, those behind the end of each sequence among them. The model is trained on "
        "what it says there, and a short sequence counts for less, the longer the others of its batch are. An "
        "attention gives a share of each sequence to them."
    ),
    recognise=sees("mask_never_read"),
    bad=BAD,
    good=GOOD,
    lesson="Multiply by the mask, and divide by its sum.",
)
