"""Roots of the degrees of a graph scale one side of it twice."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

edges = (torch.rand(7, 7) < 0.3).float()
edges = ((edges + edges.t() + torch.eye(7)) > 0).float()
root = edges.sum(1).rsqrt()
scaled = root[None, :] * edges * root

layer = nn.Linear(3, 2)
optimizer = torch.optim.SGD(layer.parameters(), 0.01)
for step in range(3):
    loss = (scaled @ layer(torch.randn(7, 3)) - 1).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("root[None, :] *", "root[:, None] *")

FAULT = Fault(
    code="SC1093",
    slug="scaled_on_one_side",
    headline="the roots of the degrees scale one side of a graph twice",
    why=(
        "In D^-1/2 A D^-1/2 each edge is divided by the roots of the degrees of both its ends: the rows get one root "
        "and the columns the other. With both on one side the matrix is no longer symmetric, and every node adds up "
        "its neighbours by a rule that only one end of each edge has a say in."
    ),
    recognise=sees("scaled_on_one_side"),
    bad=BAD,
    good=GOOD,
    lesson="One factor on each side: d[:, None] * a * d[None, :], or D @ A @ D.",
)
