"""A Linear with a weight for each step reads the features."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Model(nn.Module):
    def __init__(self, window, horizon):
        super().__init__()
        self.linear = nn.Linear(window, horizon)

    def forward(self, x):
        return self.linear(x)


series = torch.randn(90, 6)
past = torch.stack([series[i : i + 6] for i in (40, 7, 61, 23)])
future = torch.stack([series[i + 6 : i + 12] for i in (40, 7, 61, 23)])
nn.functional.mse_loss(Model(6, 6)(past), future).backward()
"""
)

GOOD = BAD.replace("self.linear(x)", "self.linear(x.transpose(1, 2)).transpose(1, 2)")

FAULT = Fault(
    code="SC786",
    slug="features_for_steps",
    headline="a layer with a weight for each step reads the features",
    why=(
        "A Linear reads the last axis. Where as many features as steps are in a window, a layer that was made for the "
        "steps runs on the features as well, and no step ever sees another."
    ),
    recognise=sees("features_for_steps"),
    bad=BAD,
    good=GOOD,
    lesson="Turn the steps to the end first.",
)
