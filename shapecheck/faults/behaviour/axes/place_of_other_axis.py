"""A place that was drawn for one axis is used along another one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.linear = nn.Conv1d(8, 6, 3), nn.Linear(6, 3)

    def forward(self, x):
        x = x.clone()
        start = int(torch.randint(0, x.shape[1] - 2, ()))
        x[start : start + 2] = 0.0
        return self.linear(self.conv(x).mean(2))


batch = torch.randn(4, 8, 20), torch.tensor([0, 2, 1, 1])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("x[start : start + 2]", "x[:, start : start + 2]")

FAULT = Fault(
    code="SC1002",
    slug="place_of_other_axis",
    headline="a place that was drawn for one axis is used along another",
    why=(
        "What blanks a stripe of one map, or cuts a piece out of it, is off by an axis as soon as it is given a batch "
        "of maps: axis 0 holds the samples then. Whole samples are blanked or left out, and the stripe that was meant "
        "is nowhere."
    ),
    recognise=sees("place_of_other_axis"),
    bad=BAD,
    good=GOOD,
    lesson="Count axes from the end where a function may be given one sample or a batch of them.",
)
