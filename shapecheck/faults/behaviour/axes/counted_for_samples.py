"""What was to be counted for each class is counted for each sample."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import SCRIPT, sees

BAD = (
    SCRIPT
    + """
x, y = torch.randn(24, 6), (torch.rand(24, 5) < 0.4).float()
model = nn.Linear(6, 5)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for rows, labels in zip(x.split(8), y.split(8)):
    optimizer.zero_grad()
    nn.functional.binary_cross_entropy_with_logits(model(rows), labels).backward()
    optimizer.step()


def macro_recall(guesses, labels):
    found = (guesses * labels).sum(dim=1)
    recall = found / labels.sum(dim=1).clamp(min=1)
    return recall.mean().item()


model.eval()
with torch.no_grad():
    print(macro_recall((model(x) > 0).float(), y))
"""
)

GOOD = BAD.replace("sum(dim=1)", "sum(dim=0)")

FAULT = Fault(
    code="SC862",
    slug="counted_for_samples",
    headline="what was to be counted for each class is counted for each sample",
    why=(
        "A macro average asks how well each class is found, and takes the mean over the classes: what is counted for a "
        "class is summed over all samples. Summed over the classes, it is a mean over the samples, where classes that "
        "are rare hardly count."
    ),
    recognise=sees("counted_for_samples"),
    bad=BAD,
    good=GOOD,
    lesson="Say of each sum which axis is left, and name what comes out after that axis.",
)
