"""The order of the scores is read as if it held their ranks."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(3):
    x, y = torch.randn(5, 6), torch.randint(0, 4, (5,))
    scores = model(x)
    loss = nn.functional.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    order = scores.argsort(dim=1, descending=True)
    rank = order.gather(1, y[:, None])
    print((rank < 2).float().mean().item())
"""
)

GOOD = BAD.replace("order.gather", "order.argsort(dim=1).gather")

FAULT = Fault(
    code="SC1012",
    slug="order_for_rank",
    headline="the order of the scores is read as if it held their ranks",
    why=(
        "argsort says which class stands at each place. Read at the number of a class, it gives the class that has "
        "this rank, and not the rank of this class. The two are each other's reverse, and both are numbers from 0 to "
        "the number of classes, so that a mean reciprocal rank or a hit rate made of it looks like one."
    ),
    recognise=sees("order_for_rank"),
    bad=BAD,
    good=GOOD,
    lesson="The ranks are the order of the order: scores.argsort(descending=True).argsort().",
    severity="warning",
)
