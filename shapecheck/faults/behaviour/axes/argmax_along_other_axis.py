"""The guess was sought along another axis than the one that the loss takes for the classes."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Conv1d(3, 6, 3, padding=1)


def loss(scores, labels):
    guess = scores.argmax(dim=-1)
    print("accuracy", (guess == labels).float().mean().item())
    return nn.functional.cross_entropy(scores, labels)


batch = torch.randn(4, 3, 6), torch.randint(0, 6, (4, 6))
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("dim=-1", "dim=1")

FAULT = Fault(
    code="SC788",
    slug="argmax_along_other_axis",
    headline="the likeliest class is sought along another axis than the classes",
    why=(
        "Cross entropy takes axis 1 for the classes, (batch, classes, time). Along time, argmax says when a class is "
        "likeliest; with as many steps as classes it can be compared with the labels all the same, and the accuracy "
        "means nothing."
    ),
    recognise=sees("argmax_along_other_axis"),
    bad=BAD,
    good=GOOD,
    lesson="argmax along the axis that the loss takes for the classes.",
)
