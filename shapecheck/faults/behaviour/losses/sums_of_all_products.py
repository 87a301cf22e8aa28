"""A column times a row, summed up: each number was multiplied by all the others."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
rewards = torch.rand(9, 1)
factors = 0.9 ** torch.arange(9)
values = torch.stack([(rewards[t:] * factors[: 9 - t]).sum() for t in range(8)])

model, states = nn.Linear(3, 1), torch.randn(8, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(2):
    loss = nn.functional.mse_loss(model(states).squeeze(1), values)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("rewards[t:]", "rewards[t:, 0]")

FAULT = Fault(
    code="SC727",
    slug="sums_of_all_products",
    headline="a column times a row was summed up: each number was multiplied by all the others",
    why=(
        "(steps, 1) times (steps,) is no list of products, but a table of all of them. Its sum is the sum of the one "
        "times the sum of the other, so which factor belonged to which number is lost."
    ),
    recognise=sees("sums_of_all_products"),
    bad=BAD,
    good=GOOD,
    lesson="A sum of products needs both in one shape, not only as many of both.",
)
