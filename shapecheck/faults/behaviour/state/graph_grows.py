"""The graph of the loss grows with every step."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
gain = nn.Linear(3, 8)
optimizer = torch.optim.SGD(gain.parameters(), 0.1)
state = torch.zeros(4, 8)
for step in range(3):
    state = 0.5 * state + gain(torch.randn(4, 3))
    loss = (state - 1).pow(2).mean()
    optimizer.zero_grad()
    loss.backward(retain_graph=True)
    optimizer.step()
"""
)

GOOD = BAD.replace("state = 0.5 * state", "state = 0.5 * state.detach()")

FAULT = Fault(
    code="SC762",
    slug="graph_grows",
    headline="the graph of the loss grows with every step",
    why=(
        "The state comes out of one step with its graph and goes into the next. Each backward() then runs "
        "through all the steps so far: it takes longer each time, needs more memory, and adds the gradients "
        "of old steps again, at parameters that have changed since. retain_graph=True only silences the error "
        "that would say so."
    ),
    recognise=sees("graph_grows"),
    bad=BAD,
    good=GOOD,
    lesson="Carry the numbers, not the graph: state = state.detach().",
)
