"""The letters of an einsum name the axes of an operand in another order than they have."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key = nn.Linear(3, 6), nn.Linear(3, 6)
        self.linear = nn.Linear(3, 5)

    def forward(self, x):
        scores = torch.einsum("bqd,kbd->bqk", self.query(x), self.key(x))
        return self.linear((scores.softmax(-1) @ x).mean(1))


batch = torch.randn(4, 4, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("kbd->", "bkd->")

FAULT = Fault(
    code="SC811",
    slug="letters_of_other_axes",
    headline="the letters of an einsum stand for other axes than they name",
    why=(
        "The letters count the axes of each operand from the left. Where two axes have the same size, torch cannot "
        "tell that they were named the other way round, and the samples of one operand meet the steps of the other."
    ),
    recognise=sees("letters_of_other_axes"),
    bad=BAD,
    good=GOOD,
    lesson="One letter for the samples, in the same place of every operand that has them there.",
)
