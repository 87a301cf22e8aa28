"""An item was taken of another axis than was meant."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8, batch_first=True)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out[-1])


batch = torch.randn(6, 6, 3), torch.tensor([0, 1, 2, 3, 4, 0])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("out[-1]", "out[:, -1]")

FAULT = Fault(
    code="SC703",
    slug="item_of_wrong_axis",
    headline="an item was taken of another axis than was meant",
    why=(
        "Which axis holds the samples depends on batch_first for the output, and never for h_n, which is "
        "(layers, batch, features). An item of the wrong axis is one sample for everybody, or one layer "
        "for all."
    ),
    recognise=sees("item_of_wrong_axis"),
    bad=BAD,
    good=GOOD,
    lesson="h_n has its layers in front, whatever batch_first says.",
)
