"""A pooling window is as long as one axis and slides along another."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(3, 20, batch_first=True), nn.Linear({width}, 4)

    def forward(self, x):  # (batch_size, steps, num_features)
        h = {laid}
        pooled = nn.functional.max_pool1d(h, x.size(1))
        return self.linear(pooled.flatten(1))


batch = torch.randn(8, 5, 3), torch.randint(0, 4, (8,))
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("{width}", "20").replace("{laid}", "self.lstm(x)[0].transpose(1, 2)")
BAD = BAD.replace("{width}", "20").replace("{laid}", "self.lstm(x)[0]")

FAULT = Fault(
    code="SC1083",
    slug="window_of_another_axis",
    headline="a pooling window is as long as one axis and slides along another",
    why=(
        "A pooling layer slides along the last axes. With the features there, neighbouring features are pooled, which "
        "have nothing in common, and the steps that were to become one stay as many."
    ),
    recognise=sees("window_of_another_axis"),
    bad=BAD,
    good=GOOD,
    lesson="What is pooled has to be the last axis: turn the steps there first.",
)
