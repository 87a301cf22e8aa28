"""Every prediction is held against every target."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Sequential(nn.Linear(3, 1))


def loss(prediction, target):
    return ((prediction - target) ** 2).mean()


batch = torch.randn(6, 3), torch.randn(6)
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("nn.Sequential(nn.Linear(3, 1))", "nn.Sequential(nn.Linear(3, 1), nn.Flatten(0))")

FAULT = Fault(
    code="SC721",
    slug="every_prediction_with_every_target",
    headline="every prediction is held against every target",
    why=(
        "(batch,) against (batch, 1) broadcasts to (batch, batch). The loss is a number and goes down; "
        "what is learned is the mean of the targets."
    ),
    recognise=sees("every_prediction_with_every_target"),
    bad=BAD,
    good=GOOD,
    lesson="Prediction and target need the same shape, not only the same number of items.",
)
