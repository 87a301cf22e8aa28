"""Rows that were sorted are put back by the order itself instead of its reverse."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(3):
    x, y, lengths = torch.randn(5, 6), torch.randint(0, 4, (5,)), torch.tensor([3, 9, 5, 2, 7])
    loss = nn.functional.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        order = lengths.argsort(descending=True)
        scores = model(x[order]).logsumexp(1)
        print(scores[order].tolist())
"""
)

GOOD = BAD.replace("scores[order]", "scores[order.argsort()]")

FAULT = Fault(
    code="SC1010",
    slug="put_back_by_the_order",
    headline="rows that were sorted are put back by the order itself",
    why=(
        "The indices of a sort say which row comes to place k. To put the rows back one needs the reverse: at which "
        "place row k is now, which is the order of that order. To pick by the same indices once more sorts the rows a "
        "second time, and the number of one row is taken for that of another."
    ),
    recognise=sees("put_back_by_the_order"),
    bad=BAD,
    good=GOOD,
    lesson="order.argsort() undoes order.",
    severity="warning",
)
