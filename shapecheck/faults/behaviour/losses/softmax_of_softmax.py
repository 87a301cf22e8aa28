"""A softmax is taken of what a softmax has made."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Sequential(nn.Linear(3, 5), nn.Softmax(dim=1))


def loss(prediction, target):
    return -prediction.softmax(1).gather(1, target[:, None]).log().mean()


batch = torch.randn(6, 3), torch.randint(0, 5, (6,))
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace(", nn.Softmax(dim=1)", "")

FAULT = Fault(
    code="SC896",
    slug="softmax_of_softmax",
    headline="a softmax is taken of what a softmax has made",
    why=(
        "A softmax takes scores of any size. Probabilities lie between 0 and 1, so a second softmax makes nearly the "
        "same of all: of n classes none comes out above e / (e + n - 1). The likeliest stays the likeliest, and no "
        "number that is printed, held against a threshold or learned from is what the model says."
    ),
    recognise=sees("softmax_of_softmax", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="A model returns scores or probabilities: decide once, say it in its docstring, and apply softmax there.",
)
