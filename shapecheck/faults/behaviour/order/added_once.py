"""A table of counts gets one for all samples of a batch that fall into one cell."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
counts = torch.zeros(3, 3)
for _ in range(3):
    x, y = torch.randn(14, 4), torch.randint(0, 3, (14,))
    scores = model(x)
    loss = nn.functional.cross_entropy(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    guess = scores.argmax(1)
    counts[y, guess] += 1
print(counts)
"""
)

GOOD = BAD.replace("counts[y, guess] += 1", "counts.index_put_((y, guess), torch.ones(len(y)), accumulate=True)")

FAULT = Fault(
    code="SC849",
    slug="added_once",
    headline="of several things that are added to one place of a table one is kept",
    why=(
        "table[places] += 1 reads all places, adds to each and writes each back. A place that is named five times is "
        "written five times with the same number: one more than before. Counts of a confusion matrix come out far "
        "too low, the more so the larger the batch is."
    ),
    recognise=sees("added_once"),
    bad=BAD,
    good=GOOD,
    lesson="index_put_(..., accumulate=True), index_add_ and bincount add each; table[places] += adds once.",
)
