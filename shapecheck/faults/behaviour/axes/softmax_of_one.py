"""A softmax runs along an axis with one score."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(3, 8, batch_first=True)
        self.score = nn.Linear(8, 1)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        states, _ = self.gru(x)
        weights = torch.softmax(self.score(states), dim=-1)
        return self.linear((weights * states).sum(dim=1))


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("dim=-1", "dim=1")

FAULT = Fault(
    code="SC782",
    slug="softmax_of_one",
    headline="a softmax runs along an axis with one score, and every weight is the same",
    why=(
        "A softmax shares one among the items of its axis. With one item there is nothing to share: the weight is "
        "1 for every step, and the layers that make the scores never learn."
    ),
    recognise=sees("softmax_of_one"),
    bad=BAD,
    good=GOOD,
    lesson="Weights sum to one along the axis that is summed over.",
)
