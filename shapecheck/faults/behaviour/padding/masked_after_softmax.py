"""A mask makes attention weights 0 behind their softmax, where the hidden items have had their share already."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
visible = torch.arange(6) < torch.tensor([6, 3, 4, 2])[:, None]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.linear = nn.Linear(8, 8), nn.Linear(8, 5)

    def forward(self, x):
        scores = self.query(x) @ x.transpose(1, 2)
        weights = scores.softmax(-1)
        weights = weights.masked_fill(~visible[:, None], 0.0)
        return self.linear(weights @ x)[:, 0]


report = audit(Model(), nn.CrossEntropyLoss(), (torch.randn(4, 6, 8), torch.tensor([0, 1, 2, 3])))
"""
)

GOOD = BAD.replace("scores.softmax(-1)", "scores.masked_fill(~visible[:, None], -1e9).softmax(-1)")

FAULT = Fault(
    code="SC760",
    slug="masked_after_softmax",
    headline="a mask hides attention weights behind their softmax",
    why=(
        "A softmax shares out one among all that it is given. What is made 0 behind it has had its share already: the "
        "weights that are left sum to less than one, the less, the more is hidden, and their scores are held against "
        "those of items that nobody was to see."
    ),
    recognise=sees("masked_after_softmax"),
    bad=BAD,
    good=GOOD,
    lesson="Give hidden scores -inf before the softmax, in the place of weights of 0 behind it.",
)
