"""A tensor is changed in place by other numbers of its own."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
prices = 5 + torch.rand(6, 8, 1)
prices -= prices[:, :1]
targets = torch.randn(6)
model = nn.LSTM(1, 4, batch_first=True)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(2):
    _, (h_n, _) = model(prices)
    loss = nn.functional.mse_loss(h_n[-1].mean(1), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace("prices[:, :1]\n", "prices[:, :1].clone()\n")

FAULT = Fault(
    code="SC853",
    slug="reads_what_it_changes",
    headline="numbers are read after the same operation has changed them",
    why=(
        "A slice is a view of the same memory. An operation in place that reads it goes on with the numbers that it "
        "has just written: `x -= x[:, :1]` makes the first column zero, and then takes zero from all others. torch "
        "refuses this only where it can tell cheaply. Rows that change places one by one read each other so, too: "
        "`x[i], x[j] = x[j], x[i]` gives the second place what the first has just been given."
    ),
    recognise=sees("reads_what_it_changes", certainty="proved"),
    bad=BAD,
    good=GOOD,
    lesson="What is read while its own tensor is changed in place is cloned first: x -= x[:, :1].clone().",
)
