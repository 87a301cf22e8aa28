"""A softmax runs along the samples, and a class is picked for each of them."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 5)


def loss(scores, labels):
    guess = torch.softmax(scores, dim=0).argmax(dim=1)
    print("accuracy", (guess == labels).float().mean().item())
    return nn.functional.cross_entropy(scores, labels)


batch = torch.randn(6, 3), torch.randint(0, 5, (6,))
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("dim=0", "dim=1")

FAULT = Fault(
    code="SC724",
    slug="softmax_along_batch",
    headline="a softmax runs along the samples, and a class is picked for each of them",
    why=(
        "Along the batch each class sums to one over the samples; the largest class of a sample can become another one."
    ),
    recognise=sees("softmax_along_batch"),
    bad=BAD,
    good=GOOD,
    lesson="The axis of a softmax is the one that sums to one.",
)
