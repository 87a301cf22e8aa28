"""An accuracy or a mean loss counts the steps that the loss was told to ignore."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 6)


def loss(scores, labels):
    is_right = scores.argmax(dim=1) == labels
    print("accuracy", is_right.float().mean().item())
    return nn.functional.cross_entropy(scores, labels)


batch = torch.randn(5, 3), torch.tensor([0, 4, 2, -100, -100])
report = audit(model, loss, batch)
"""
)

GOOD = BAD.replace("is_right.float()", "is_right[labels != -100].float()")

FAULT = Fault(
    code="SC801",
    slug="padding_measured",
    headline="a measure counts what the loss leaves out",
    why=(
        "ignore_index keeps padding out of the loss. The mean of all comparisons still has it, and no guess can be "
        "right there: the more padding a batch has, the lower the accuracy, whatever the model does. The sum of the "
        "losses over the number of all labels, and a perplexity made of it, come out too low in the same way."
    ),
    recognise=sees("padding_measured"),
    bad=BAD,
    good=GOOD,
    lesson="Measure where you learn: mask the metric as the loss is masked.",
)
