"""Attention weights sum to one along another axis than the one that is summed over."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key = nn.Linear(3, 8), nn.Linear(3, 8)
        self.linear = nn.Linear(3, 5)

    def forward(self, x):
        scores = self.query(x) @ self.key(x).transpose(1, 2)
        weights = torch.softmax(scores, dim=1)
        return self.linear((weights @ x).mean(dim=1))


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("dim=1)\n        return", "dim=2)\n        return")

FAULT = Fault(
    code="SC787",
    slug="weights_along_other_axis",
    headline="weights sum to one along another axis than the one that is summed over",
    why=(
        "A row of weights says how a query shares its attention among the keys: it has to sum to one over the "
        "keys, which the product with the values adds up. Along the queries, a key that nobody "
        "else wants counts in full."
    ),
    recognise=sees("weights_along_other_axis"),
    bad=BAD,
    good=GOOD,
    lesson="Softmax over the keys, the last axis.",
)
