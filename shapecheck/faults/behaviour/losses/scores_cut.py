"""Scores are cut to the range of probabilities."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 5)

    def forward(self, x):
        return self.linear(x).clamp(0, 1)


batch = torch.randn(6, 3), torch.rand(6, 5).round()
report = audit(Model(), nn.BCELoss(), batch)
"""
)

GOOD = BAD.replace(".clamp(0, 1)", ".sigmoid()")

FAULT = Fault(
    code="SC845",
    slug="scores_cut",
    headline="scores are cut to the range of probabilities",
    why=(
        "A clamp to 0 and 1 stops the error that the loss would raise, and makes no probability of a score: what lies "
        "outside becomes certain, and stays as it is, because no gradient comes through a cut."
    ),
    recognise=sees("scores_cut"),
    bad=BAD,
    good=GOOD,
    lesson="Put a sigmoid behind the last layer, or use binary_cross_entropy_with_logits.",
)
