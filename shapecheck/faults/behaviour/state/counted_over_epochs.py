"""A measure that is told once an epoch counts those before it as well."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """

class Hits:
    def __init__(self):
        self.reset()

    def reset(self):
        self.right, self.count = 0, 0

    def update(self, guesses, labels):
        self.right += (guesses == labels).sum().item()
        self.count += len(labels)

    def share(self):
        return self.right / self.count


model, data, labels = nn.Linear(3, 4), torch.randn(8, 3), torch.randint(0, 4, (8,))
optimizer, hits = torch.optim.SGD(model.parameters(), 0.1), Hits()
for epoch in range(2):
    for part in range(0, 8, 4):
        scores = model(data[part:part + 4])
        loss = nn.functional.cross_entropy(scores, labels[part:part + 4])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        hits.update(scores.argmax(1), labels[part:part + 4])
    print(hits.share())
"""
)

GOOD = BAD.replace("    print(hits.share())", "    print(hits.share())\n    hits.reset()")

FAULT = Fault(
    code="SC1035",
    slug="counted_over_epochs",
    headline="what is told of an epoch counts those before it as well",
    why=(
        "What counts hits or losses, or collects them, is told once an epoch and never begun anew: the first epochs, "
        "when the model had learned little, are in all that is told later. The number moves too slowly, is that of no "
        "model there has been, and the same model measured twice gives two answers."
    ),
    recognise=sees("counted_over_epochs"),
    bad=BAD,
    good=GOOD,
    lesson="Begin what you add up where you begin to measure.",
)
