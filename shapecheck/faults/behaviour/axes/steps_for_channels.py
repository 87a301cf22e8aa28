"""A convolution runs along the features, with the steps for channels."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv = nn.Conv1d(channels, 8, 3, padding=1)
        self.linear = nn.Linear(8, 5)

    def forward(self, x):
        return self.linear(self.conv(x).relu().mean(dim=2))


series, labels = torch.randn(90, 6), torch.tensor([0, 1, 2, 3])
windows = torch.stack([series[i : i + 12] for i in (40, 7, 61, 23)])
nn.functional.cross_entropy(Model(12)(windows), labels).backward()
"""
)

GOOD = BAD.replace("Model(12)(windows)", "Model(6)(windows.transpose(1, 2))")

FAULT = Fault(
    code="SC785",
    slug="steps_for_channels",
    headline="a convolution runs along the features, with the steps for channels",
    why=(
        "Conv1d slides along the last axis and takes axis one for the channels. On windows with time in the middle "
        "it mixes columns that stand side by side by chance, and has weights of its own for every step."
    ),
    recognise=sees("steps_for_channels"),
    bad=BAD,
    good=GOOD,
    lesson="Conv1d takes batch, channels, time.",
)
