"""An activation keeps the predictions away from their targets."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2), nn.Sigmoid())
report = audit(model, nn.MSELoss(), (torch.randn(16, 3), 3 * torch.randn(16, 2)))
"""
)

GOOD = BAD.replace(", nn.Sigmoid()", "")

FAULT = Fault(
    code="SC735",
    slug="targets_out_of_reach",
    headline="an activation keeps the predictions away from their targets",
    why=(
        "What comes out of a sigmoid lies between 0 and 1, of a tanh between -1 and 1, of a relu never below 0, and a "
        "softmax returns numbers with the sum 1. A target beyond that is never met: the model learns the bound."
    ),
    recognise=sees("targets_out_of_reach"),
    bad=BAD,
    good=GOOD,
    lesson="The last activation of a model fits the range of its targets; for any number there is none.",
)
