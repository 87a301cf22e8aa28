"""Scores that are hidden with a 0 have a share in the softmax."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.score, self.linear = nn.Linear(8, 1), nn.Linear(8, 5)

    def forward(self, x, visible):
        scores = self.score(x).squeeze(-1)
        weights = (scores * visible).softmax(1)
        return self.linear((weights.unsqueeze(-1) * x).sum(1))


visible = torch.tensor([[1.0, 1, 0, 1], [0, 1, 1, 1], [1, 0, 1, 0]])
report = audit(Model(), nn.CrossEntropyLoss(), ((torch.randn(3, 4, 8), visible), torch.tensor([0, 1, 2])))
"""
)

GOOD = BAD.replace("(scores * visible)", "scores.masked_fill(visible == 0, -1e9)")

FAULT = Fault(
    code="SC808",
    slug="hidden_with_a_share",
    headline="scores that a mask makes zero have a share in the softmax",
    why=(
        "A softmax divides exponentials, and the exponential of 0 is 1: a score of 0, or of 1e-9, is one like any "
        "other, and larger than all that are negative. What a mask multiplies by 0 has a share, and the more of it "
        "there is, the less is left for the rest. Where one choice has the score 0 in every row by agreement, as an "
        "alternative that all others are measured against, that is no mask."
    ),
    recognise=sees("hidden_with_a_share"),
    bad=BAD,
    good=GOOD,
    lesson="Hide scores with masked_fill(hidden, float('-inf')), or with -1e9: a 0 hides nothing from a softmax.",
)
