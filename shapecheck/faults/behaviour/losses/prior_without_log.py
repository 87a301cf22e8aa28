"""A divergence took a probability itself from the logarithm of another one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 5)


def loss(scores, labels):
    q, log_q = scores.softmax(-1), scores.log_softmax(-1)
    prior = torch.full((5,), 1 / 5)
    divergence = (q * (log_q - prior)).sum(-1).mean()
    return nn.functional.cross_entropy(scores, labels) + divergence


batch = torch.randn(4, 3), torch.tensor([0, 1, 4, 3])
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("log_q - prior", "log_q - prior.log()")

FAULT = Fault(
    code="SC814",
    slug="prior_without_log",
    headline="a logarithm of probabilities is held against a probability itself",
    why=(
        "The divergence of q from p is the mean of log q - log p, weighed by q: zero where both are the same, and "
        "never less. With p in the place of its logarithm it is another number, often below zero, and what is learned "
        "or reported with it is off by what is missing."
    ),
    recognise=sees("prior_without_log"),
    bad=BAD,
    good=GOOD,
    lesson="(q * (q.log() - p.log())).sum(-1) has a logarithm on both sides.",
)
