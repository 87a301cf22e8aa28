"""What an evaluation adds up is never begun anew for the next one."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
x = torch.randn(60, 4)
y = (x.sum(1) > 0).long()
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
right, total = 0, 0
for epoch in range(4):
    for rows in torch.randperm(40).split(10):
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        for at in range(40, 60, 10):
            guess = model(x[at : at + 10]).argmax(1)
            right += (guess == y[at : at + 10]).sum().item()
            total += len(guess)
    print(epoch, right / total)
"""
)

GOOD = BAD.replace("    with torch.no_grad():", "    right, total = 0, 0\n    with torch.no_grad():").replace(
    "right, total = 0, 0\nfor", "for"
)

FAULT = Fault(
    code="SC1079",
    slug="totals_of_all_rounds",
    headline="an evaluation adds to what the one before has measured",
    why=(
        "The sum, or the list, was begun once, in front of all rounds. Each evaluation adds to it, so what is told "
        "after a round mixes what earlier models got right with what this one does: the number moves too slowly, and "
        "is that of no model."
    ),
    recognise=sees("totals_of_all_rounds"),
    bad=BAD,
    good=GOOD,
    lesson="Begin what you add up where you begin to measure.",
)
