"""The rows of the prediction come in another order than the targets."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 8)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        out, _ = self.lstm(x.transpose(0, 1))
        return self.linear(out.reshape(-1, 8))


def loss(scores, labels):
    return nn.functional.cross_entropy(scores, labels.reshape(-1))


batch = torch.randn(4, 7, 3), torch.randint(0, 5, (4, 7))
report = audit(Model(), loss, batch)
"""
)

GOOD = BAD.replace("out.reshape(-1, 8)", "out.transpose(0, 1).reshape(-1, 8)")

FAULT = Fault(
    code="SC711",
    slug="rows_in_another_order",
    headline="the rows of the prediction come in another order than the targets",
    why=(
        "Both were flattened to one row for each sample and step, but one with time in front and one with "
        "the samples. The sizes agree, and each prediction is held against another's target."
    ),
    recognise=sees("rows_in_another_order"),
    bad=BAD,
    good=GOOD,
    lesson="Flatten both in the same order of axes.",
)
