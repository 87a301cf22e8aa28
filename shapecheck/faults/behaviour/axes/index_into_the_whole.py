"""One index into the whole matrix is compared with the label of each row."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 5)


def loss(scores, labels):
    print("right", (scores.argmax() == labels).sum().item())
    return nn.functional.cross_entropy(scores, labels)


batch = torch.randn(6, 3), torch.randint(0, 5, (6,))
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("scores.argmax()", "scores.argmax(1)")

FAULT = Fault(
    code="SC723",
    slug="index_into_the_whole",
    headline="one index into the whole matrix is compared with the label of each row",
    why=("Without dim, argmax flattens first: it returns one number, which broadcasts against all labels."),
    recognise=sees("index_into_the_whole", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="argmax(dim=1) gives one class for each row.",
)
