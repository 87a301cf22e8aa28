"""The number of steps is counted from the front, where the filler stands."""

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
        self.gru = nn.GRU(8, 8, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, words, lengths):
        out, _ = self.gru(self.embedding(words))
        return self.linear(out[torch.arange(4), lengths - 1])


lengths = torch.tensor([6, 3, 4, 2])
words = torch.randint(1, 9, (4, 6))
words[torch.arange(6) < 6 - lengths[:, None]] = 0
report = audit(Model(), nn.CrossEntropyLoss(), ((words, lengths), torch.tensor([0, 1, 2, 3])))
"""
)

GOOD = BAD.replace("out[torch.arange(4), lengths - 1]", "out[:, -1]")

FAULT = Fault(
    code="SC835",
    slug="steps_counted_from_the_front",
    headline="the last steps are read by nobody: they are counted from the front, where the filler stands",
    why=(
        "With the filler in front, each sequence ends at the last step of all, whatever its length. What is counted "
        "from the front by that length lies in the middle, or in the filler, and the data behind it is left out."
    ),
    recognise=sees("steps_counted_from_the_front"),
    bad=BAD,
    good=GOOD,
    lesson="Filled up in front, the last step is [:, -1]; filled up behind, it is lengths - 1.",
)
