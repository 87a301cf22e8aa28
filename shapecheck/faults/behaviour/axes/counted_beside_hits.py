"""A share of right guesses counts hits along all axes and guesses along an axis of one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

def measured(scores, y):
    correct = total = 0
    correct += ((scores > 0) == y.bool()).sum().item()
    total += y.size(1)
    return correct / total


layer = nn.Linear(5, 1)
optimizer = torch.optim.SGD(layer.parameters(), 0.01)
for step in range(3):
    x = torch.randn(20, 5)
    y = (x[:, :1] > 0).float()
    scores = layer(x)
    loss = nn.functional.binary_cross_entropy_with_logits(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(measured(scores, y))
"""
)

GOOD = BAD.replace("y.size(1)", "y.size(0)")

FAULT = Fault(
    code="SC1099",
    slug="counted_beside_hits",
    headline="a share counts more hits than guesses",
    why=(
        "The hits were added up over all numbers of a batch. The guesses were counted by the second axis of a "
        "column, which has one item, so each batch counts as one guess. Hits divided by that are no share: the "
        "result is the number of hits in a batch."
    ),
    recognise=sees("counted_beside_hits"),
    bad=BAD,
    good=GOOD,
    lesson="Hits over guesses: (guess == y).sum() / y.numel().",
    severity="warning",
)
