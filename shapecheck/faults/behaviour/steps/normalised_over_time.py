"""A normalisation runs over the steps, and the later ones leak into the earlier."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(9, 8)
        self.gru = nn.GRU(8, 8, batch_first=True)
        self.linear = nn.Linear(8, 9)

    def forward(self, x):
        h, _ = self.gru(self.embedding(x))
        h = (h - h.mean(dim=1, keepdim=True)) / h.std(dim=1, keepdim=True)
        return self.linear(h).transpose(1, 2)


text = torch.randint(0, 9, (4, 8))
report = audit(Model(), nn.CrossEntropyLoss(), (text[:, :-1], text[:, 1:]))
"""
)

GOOD = BAD.replace("dim=1", "dim=-1")

FAULT = Fault(
    code="SC743",
    slug="normalised_over_time",
    headline="a normalisation runs over the steps, and the later ones leak into the earlier",
    why=(
        "Mean and deviation of the features belong to one step. Taken over time they carry every later "
        "step into every earlier one."
    ),
    recognise=sees("normalised_over_time"),
    bad=BAD,
    good=GOOD,
    lesson="LayerNorm is over the last axis.",
)
