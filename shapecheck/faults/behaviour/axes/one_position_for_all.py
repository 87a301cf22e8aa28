"""All steps got the same row of a table of positions."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(3, 8), nn.Linear(8, 5)
        self.register_buffer("table", torch.randn(1, 50, 8))
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        x = self.first(x) + self.table[:, x.size(1)]
        return self.second(self.attention(x, x, x)[0].mean(dim=1))


batch = torch.randn(4, 7, 3), torch.tensor([0, 1, 2, 3])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("[:, x.size(1)]", "[:, :x.size(1)]")

FAULT = Fault(
    code="SC822",
    slug="one_position_for_all",
    headline="all steps get the same row of a table of positions",
    why=(
        "Without its colon table[:, n] is one row, the n-th, and (1, num_features) is added to every step. Attention "
        "knows the order of the steps by the table alone: with one row for all it sees a set."
    ),
    recognise=sees("one_position_for_all"),
    bad=BAD,
    good=GOOD,
    lesson="table[:, :n] takes the first n rows, table[:, n] one row.",
)
