"""The guess of a sample was sought along the samples."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 5)


def loss(scores, labels):
    guess = scores.argmax(dim=0)
    print("accuracy", (guess == labels).float().mean().item())
    return nn.functional.cross_entropy(scores, labels)


batch = torch.randn(5, 3), torch.randint(0, 5, (5,))
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("dim=0", "dim=1")

FAULT = Fault(
    code="SC784",
    slug="argmax_along_batch",
    headline="the likeliest class is sought along the samples",
    why=(
        "Along the batch, argmax says which sample has most of a class. With as many samples as classes it can "
        "be compared with the labels all the same, and the accuracy means nothing."
    ),
    recognise=sees("argmax_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="argmax over the classes, axis 1.",
)
