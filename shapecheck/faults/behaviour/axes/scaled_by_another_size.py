"""Scores were divided by the root of how many steps there are, in the place of how many features."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 2)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        scores = self.query(x) @ self.key(x).mT / x.size(1) ** 0.5
        return scores.softmax(dim=-1) @ self.value(x)


report = audit(Model(), nn.MSELoss(), (torch.randn(4, 9, 6), torch.randn(4, 9, 2)))
"""
)

GOOD = BAD.replace("x.size(1)", "x.size(-1)")

FAULT = Fault(
    code="SC1042",
    slug="scaled_by_another_size",
    headline="scores are scaled by the size of another axis than that of the features",
    why=(
        "The product of two vectors is a sum over their features, and its spread grows with the root of how many they "
        "are. Divided by the root of the number of steps, or of samples, the same sequence gets other weights in "
        "another batch, or with a longer padding."
    ),
    recognise=sees("scaled_by_another_size"),
    bad=BAD,
    good=GOOD,
    lesson="q @ k.mT / q.size(-1) ** 0.5: the axis that the product adds up.",
)
