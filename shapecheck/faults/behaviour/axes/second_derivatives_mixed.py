"""A gradient is taken of all first derivatives at once, and its columns are read as second ones."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    x = torch.rand(9, 2, requires_grad=True)
    u = net(x)
    first = torch.autograd.grad(u, x, torch.ones_like(u), create_graph=True)[0]
    second = torch.autograd.grad(first, x, torch.ones_like(first), create_graph=True)[0]
    loss = (second[:, 0] + second[:, 1] + u[:, 0]).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace(
    "second[:, 0] + second[:, 1]",
    "sum(torch.autograd.grad(first[:, i].sum(), x, create_graph=True)[0][:, i] for i in range(2))",
)

FAULT = Fault(
    code="SC805",
    slug="second_derivatives_mixed",
    headline="second derivatives are taken of all first ones at once",
    why=(
        "A gradient of several columns, with ones for all of them, is the gradient of their sum. Its column for x "
        "holds the derivative of each first derivative by x, added up: the mixed ones as well."
    ),
    recognise=sees("second_derivatives_mixed"),
    bad=BAD,
    good=GOOD,
    lesson="Take the gradient of one first derivative at a time, and read its own column.",
)
