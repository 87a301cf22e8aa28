"""A graph with a loop at each node is scaled by degrees that do not count it."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

edges = (torch.rand(7, 7) < 0.3).float()
edges = ((edges + edges.t()) > 0).float()
with_loops = edges + torch.eye(7)
factor = edges.sum(1).clamp(min=1).pow(-0.5)
scaled = factor[:, None] * with_loops * factor

layer = nn.Linear(3, 2)
optimizer = torch.optim.SGD(layer.parameters(), 0.01)
for step in range(3):
    loss = (scaled @ layer(torch.randn(7, 3)) - 1).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("factor = edges.sum(1).clamp(min=1)", "factor = with_loops.sum(1)")

FAULT = Fault(
    code="SC817",
    slug="degrees_without_loops",
    headline="a graph with a loop at each node is scaled by degrees that do not count it",
    why=(
        "Each row is divided by the number of its neighbours, or by the root of it at both ends, so that what comes "
        "together is a mean. A node that was made a neighbour of itself counts as one of them. Left out of the "
        "number, it makes what comes together larger than it should be, most of all at nodes with few neighbours, "
        "and more so in each layer."
    ),
    recognise=sees("degrees_without_loops"),
    bad=BAD,
    good=GOOD,
    lesson="Loops first, then degrees: a = a + torch.eye(n), d = a.sum(1).",
)
