"""A choice is drawn by weights that add up to one along another axis."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 5)


def loss(prediction, target):
    action = torch.multinomial(prediction.softmax(0), 1)
    return -(prediction.log_softmax(1).gather(1, action) * target).mean()


batch = torch.randn(1, 3), torch.randn(1, 1)
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("softmax(0)", "softmax(1)")

FAULT = Fault(
    code="SC887",
    slug="drawn_beside_choices",
    headline="a choice is drawn by weights that add up to one along another axis",
    why=(
        "torch.multinomial draws along the last axis and scales the weights itself. Weights of a softmax over the "
        "samples say how much of each choice belongs to which sample; with a batch of one all of them are 1, and every "
        "choice is as likely as any other, whatever was learned."
    ),
    recognise=sees("drawn_beside_choices", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="The axis of a softmax is the one that is drawn along: the last one.",
)
