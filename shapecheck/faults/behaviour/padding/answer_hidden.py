"""A mask hides what the loss asks for."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Chooser(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Linear(6, 5)

    def forward(self, x, allowed):
        return self.scores(x).masked_fill(allowed, -1e9)


labels = torch.tensor([0, 3, 1, 4, 2, 0])
allowed = torch.rand(6, 5) > 0.5
allowed[torch.arange(6), labels] = True
batch = (torch.randn(6, 6), allowed), labels
report = audit(Chooser(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("masked_fill(allowed", "masked_fill(~allowed")

FAULT = Fault(
    code="SC1033",
    slug="answer_hidden",
    headline="a mask hides what the loss asks for",
    why=(
        "masked_fill puts the low number where its mask is true. A mask of what may be chosen is true for the labels: "
        "they get the low number, and everything that is forbidden keeps its score. The loss is as large as the "
        "number that was filled in, and says nothing of the model."
    ),
    recognise=sees("answer_hidden"),
    bad=BAD,
    good=GOOD,
    lesson="masked_fill fills where the mask is true: scores.masked_fill(~allowed, -1e9).",
)
