"""A softmax in a measure runs along another axis than the classes."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Conv1d(3, 5, 3, padding=1)


def loss(scores, labels):
    chances = scores.softmax(dim=-1)
    print("accuracy", (chances.argmax(dim=1) == labels).float().mean().item())
    return nn.functional.cross_entropy(scores, labels)


batch = torch.randn(4, 3, 8), torch.randint(0, 5, (4, 8))
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("softmax(dim=-1)", "softmax(dim=1)")

FAULT = Fault(
    code="SC883",
    slug="softmax_beside_classes",
    headline="a softmax in a measure runs along another axis than the classes",
    why=(
        "Along the classes a softmax changes no guess. Along time it divides each class by a number of its own, and a "
        "class that is likely everywhere loses to one that is rare: what is measured is another model than the one "
        "that was trained."
    ),
    recognise=sees("softmax_beside_classes"),
    bad=BAD,
    good=GOOD,
    lesson="softmax along the axis that the loss takes for the classes, or none in front of argmax.",
)
