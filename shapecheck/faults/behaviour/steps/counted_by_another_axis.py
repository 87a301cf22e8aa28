"""A loop over the steps ended at the number of features."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell, self.head = nn.GRUCell(3, 8), nn.Linear(8, 2)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        state = x.new_zeros(len(x), 8)
        for t in range(x.size(2)):
            state = self.cell(x[:, t], state)
        return self.head(state)


report = audit(Model(), nn.MSELoss(), (torch.randn(4, 9, 3), torch.randn(4, 2)))
"""
)

GOOD = BAD.replace("x.size(2)", "x.size(1)")

FAULT = Fault(
    code="SC1044",
    slug="counted_by_another_axis",
    headline="a loop takes items along one axis and ends at the size of another",
    why=(
        "range(x.size(2)) counts the features. Where there are fewer of them than steps, the last steps are never read "
        "and nothing complains; where there are more, the loop runs out of steps."
    ),
    recognise=sees("counted_by_another_axis"),
    bad=BAD,
    good=GOOD,
    lesson="for t in range(x.size(1)) goes with x[:, t].",
)
