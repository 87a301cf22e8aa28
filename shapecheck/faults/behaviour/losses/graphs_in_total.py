"""A running total of the losses keeps the graph of every step."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
total = 0.0
for step in range(3):
    loss = (model(torch.randn(4, 3)) - 1).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total += loss
"""
)

GOOD = BAD.replace("total += loss", "total += loss.item()")

FAULT = Fault(
    code="SC866",
    slug="graphs_in_total",
    severity="note",
    headline="a running total of the losses keeps the graph of every step",
    why=(
        "A loss is a tensor with a graph, and a sum of losses keeps all of their graphs. The numbers are right, but "
        "memory grows with every step of the epoch, until there is none left."
    ),
    recognise=sees("graphs_in_total"),
    bad=BAD,
    good=GOOD,
    lesson="Sum up numbers: total += loss.item().",
)
