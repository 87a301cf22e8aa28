"""One prediction is held against many targets."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
critic, slow = nn.Linear(6, 1), nn.Linear(6, 1)
actor = nn.Linear(6, 3)


def loss(value, seen):
    after, reward = seen
    with torch.no_grad():
        surprise = actor(after).log_softmax(-1)
        goal = reward + 0.9 * (slow(after) - 0.1 * surprise)
    return nn.functional.mse_loss(value, goal)


batch = torch.randn(5, 6), (torch.randn(5, 6), torch.randn(5, 1))
report = audit(critic, loss, batch)
"""
)

GOOD = BAD.replace(".log_softmax(-1)", ".log_softmax(-1).amax(-1, keepdim=True)")

FAULT = Fault(
    code="SC888",
    slug="many_targets_for_one",
    headline="one prediction is held against many targets",
    why=(
        "(batch, 1) beside (batch, actions) broadcasts. A target that met numbers with more columns on its way has as "
        "many columns, and the one value of each sample is pulled towards all of them: towards their mean."
    ),
    recognise=sees("many_targets_for_one"),
    bad=BAD,
    good=GOOD,
    lesson="Add up, or pick, along the columns where they are made, with keepdim=True: one number for each sample.",
)
