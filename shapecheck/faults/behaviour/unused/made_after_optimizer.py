"""A layer was made, or put in the place of another, when the optimizer was there already."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 9))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
model[2] = nn.Linear(4, 1)
for step in range(4):
    loss = model(torch.randn(5, 3)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
)

GOOD = BAD.replace(
    "optimizer = torch.optim.SGD(model.parameters(), 0.1)\nmodel[2] = nn.Linear(4, 1)",
    "model[2] = nn.Linear(4, 1)\noptimizer = torch.optim.SGD(model.parameters(), 0.1)",
)

FAULT = Fault(
    code="SC775",
    slug="made_after_optimizer",
    headline="a layer was made after the optimizer, which does not hold it",
    why=(
        "model.parameters() gives an optimizer what the model has at that time. A layer that is made later, or put in "
        "the place of another one, has gradients that nobody uses, and keeps its first numbers; what stood "
        "there before is stepped for nothing."
    ),
    recognise=sees("made_after_optimizer"),
    bad=BAD,
    good=GOOD,
    lesson="Replace layers first, then make the optimizer, or hand them over with add_param_group().",
)
