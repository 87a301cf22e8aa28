"""One number for each sample was spread along the features, because there are as many."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 4, padding_idx=0)
        self.linear = nn.Linear(4, 5)

    def forward(self, words):
        lengths = (words != 0).sum(1)
        return self.linear(self.embedding(words).sum(1) / lengths)


words = torch.randint(1, 9, (4, 6))
words[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
report = audit(Model(), nn.CrossEntropyLoss(), (words, torch.tensor([0, 1, 2, 3])))
"""
)

GOOD = BAD.replace("/ lengths)", "/ lengths.unsqueeze(1))")

FAULT = Fault(
    code="SC789",
    slug="spread_along_other_axis",
    headline="one number for each sample was spread along another axis",
    why=(
        "Axes are aligned from the right. (batch_size,) against (batch_size, features) meets the features, which is an "
        "error unless there are as many of them as samples; then each feature takes the number of some sample. With "
        "one axis of one too many behind it, it meets every row instead of its own."
    ),
    recognise=sees("spread_along_other_axis"),
    bad=BAD,
    good=GOOD,
    lesson="One number a row: unsqueeze(-1), or keepdim=True where it was made.",
)
