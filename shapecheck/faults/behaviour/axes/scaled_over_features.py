"""Each step of raw data was scaled by statistics of its own features, which are of very different sizes."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.linear = nn.GRU(4, 6, batch_first=True), nn.Linear(6, 5)

    def forward(self, x):  # (batch_size, seq_length, num_features)
        x = (x - x.mean(dim=-1, keepdim=True)) / (x.std(dim=-1, keepdim=True) + 1e-5)
        return self.linear(self.rnn(x)[1][-1])


sensors = torch.tensor([640.0, 2388.0, 21.6, 8.4]) + torch.randn(3, 7, 4)
batch = sensors, torch.tensor([0, 1, 2])
report = audit(Model(), nn.CrossEntropyLoss(), batch)
"""
)

GOOD = BAD.replace("dim=-1", "dim=1")

FAULT = Fault(
    code="SC890",
    slug="scaled_over_features",
    headline="each step is scaled by statistics of its features, of very different sizes",
    why=(
        "A temperature of 640 beside a pressure of 21 says nothing: scaled by what both have together, each stays "
        "nearly the same number at all steps, and what changes in it is lost. Statistics along time, or those of the "
        "whole training data, give each feature a scale of its own."
    ),
    recognise=sees("scaled_over_features"),
    bad=BAD,
    good=GOOD,
    lesson="Statistics along the axis that they are to level out: dim=1 for the steps of a window.",
)
