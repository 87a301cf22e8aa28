"""Every guess is compared with every label."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 5)


def loss(scores, labels):
    print("accuracy", (scores.argmax(1) == labels).float().mean().item())
    return nn.functional.cross_entropy(scores, labels.squeeze(1))


batch = torch.randn(6, 3), torch.randint(0, 5, (6, 1))
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("== labels)", "== labels.squeeze(1))")

FAULT = Fault(
    code="SC722",
    slug="every_guess_with_every_label",
    headline="every guess is compared with every label",
    why=("(batch,) == (batch, 1) broadcasts to (batch, batch), and the mean of it is no accuracy."),
    recognise=sees("every_guess_with_every_label"),
    bad=BAD,
    good=GOOD,
    lesson="Print the shape of what == returns.",
)
