"""One part of a batch was put into another order, and what belongs to its rows was not."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.kinds, self.linear = nn.Embedding(3, 4), nn.Linear(9, 5)

    def forward(self, x, kind):
        return self.linear(torch.cat([x, self.kinds(kind)], 1))


model, centres = Model(), torch.randn(3, 5)
kind = torch.randint(0, 3, (8,))
x = centres[kind] + torch.randn(8, 5)
order = x.norm(dim=1).argsort()
x = x[order]
nn.functional.mse_loss(model(x + torch.randn(8, 5), kind), x).backward()
"""
)

GOOD = BAD.replace("x = x[order]", "x, kind = x[order], kind[order]")

FAULT = Fault(
    code="SC714",
    slug="rows_moved_alone",
    headline="rows were put into another order, and what belongs to them was not",
    why=(
        "Row k of the one part is now another sample than row k of the other, and the model reads them side by side: "
        "it is told the label, the length or the context of a sample that it does not see."
    ),
    recognise=sees("rows_moved_alone"),
    bad=BAD,
    good=GOOD,
    lesson="Pick every part of the batch by the same order.",
)
