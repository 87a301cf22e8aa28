"""A mean divides by the number of all positions, masked ones too."""

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
    errors = (values - targets) ** 2 * mask
    return errors.mean()


words = torch.randint(1, 9, (4, 6))
words[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
report = audit(Model(), loss, (words, words / 9))
"""
)

GOOD = BAD.replace("errors.mean()", "errors.sum() / mask.sum()")

FAULT = Fault(
    code="SC758",
    slug="padding_in_mean",
    headline="a mean counts positions that a mask has set to zero",
    why=(
        "What was multiplied by zero adds nothing to the sum, but the mean divides by the number of all positions. A "
        "batch with one long sequence gets a smaller loss than the same sequences in shorter batches."
    ),
    recognise=sees("padding_in_mean"),
    bad=BAD,
    good=GOOD,
    lesson="Divide by mask.sum(), not by the number of positions.",
)
