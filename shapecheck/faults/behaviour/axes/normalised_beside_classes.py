"""A softmax runs along another axis than the loss takes for the classes."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Sequential(nn.Linear(3, 5), nn.LogSoftmax(dim=1))  # (batch, time, class)


def loss(prediction, target):
    return nn.functional.nll_loss(prediction.flatten(0, 1), target.flatten())


batch = torch.randn(6, 4, 3), torch.randint(0, 5, (6, 4))
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("dim=1", "dim=-1")

FAULT = Fault(
    code="SC886",
    slug="normalised_beside_classes",
    headline="a softmax runs along another axis than the loss takes for the classes",
    why=(
        "NLLLoss and CTCLoss take the logarithms of a distribution over the classes, and an overlap with labels takes "
        "one. Normalised over the steps or the samples, the classes of one position do not compete: the model gets a "
        "better loss by making every class likelier at the positions that count, and which class it is hardly matters."
    ),
    recognise=sees("normalised_beside_classes", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="softmax(dim=...) names the axis that is to add up to one: that of the classes, which is -1 after a Linear.",
)
