"""A measure numbers the classes otherwise than the loss."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

names = [str(k % 12) for k in torch.randperm(48).tolist()]
columns = sorted(set(names))
target = torch.tensor([columns.index(name) for name in names])
label = torch.tensor([int(name) for name in names])
x, model = torch.randn(48, 5), nn.Linear(5, 12)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for step in range(3):
    scores = model(x)
    loss = nn.functional.cross_entropy(scores, target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print("accuracy", (scores.argmax(1) == label).float().mean().item())
"""
)

GOOD = BAD.replace("scores.argmax(1) == label", "scores.argmax(1) == target")

FAULT = Fault(
    code="SC777",
    slug="measured_by_other_numbers",
    headline="guesses are measured by other numbers of the classes than the loss taught",
    why=(
        'Sorted as text, "10" stands before "2": column 2 is not class 2. What the loss teaches are columns, so a '
        "guess is the number of a column, and that is what it has to be held against."
    ),
    recognise=sees("measured_by_other_numbers"),
    bad=BAD,
    good=GOOD,
    lesson="Make the labels once, and give the same ones to the loss and to the measure.",
)
