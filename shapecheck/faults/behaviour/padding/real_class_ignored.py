"""The index that stands for padding in the loss is a class that real steps have."""

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
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        return self.linear(self.embedding(x)).transpose(1, 2)


words = torch.randint(1, 9, (4, 7))
tags = words % 3
for row, length in enumerate((5, 7, 2, 4)):
    words[row, length:], tags[row, length:] = 0, IGNORED
report = audit(Model(), nn.CrossEntropyLoss(ignore_index=IGNORED), (words, tags))
"""
)

GOOD = BAD.replace("IGNORED", "-100")
BAD = BAD.replace("IGNORED", "0")

FAULT = Fault(
    code="SC793",
    slug="real_class_ignored",
    headline="the loss ignores a class that steps have which are no padding",
    why=(
        "ignore_index leaves out every label with that number. Where the padding of the labels has the number of a "
        "real class, that class is never learned, and never predicted."
    ),
    recognise=sees("real_class_ignored", certainty="possible"),
    bad=BAD,
    good=GOOD,
    lesson="Fill labels up with -100, which is no class.",
    severity="note",  # a script may have reasons to leave out steps that are no padding
)
