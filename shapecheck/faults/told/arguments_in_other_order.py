"""Two arguments are handed over in each other's place."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch


def accuracy(scores, labels):
    return (scores.argmax(1) == labels).float().mean()


labels, scores = torch.randint(5, (12,)), torch.randn(12, 5)
print(accuracy(labels, scores))
"""

GOOD = BAD.replace("accuracy(labels, scores)", "accuracy(scores, labels)")

FAULT = Fault(
    code="SC598",
    slug="arguments_in_other_order",
    headline="two arguments are handed over in each other's place",
    why=(
        "Arguments without a name go by their place. Two tensors in the wrong order are both taken, and fail "
        "where the function does with one what only the other one allows."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Hand tensors that are alike over by name: accuracy(scores=scores, labels=labels).",
    messages=(
        r"The size of tensor a .* must match the size of tensor b",
        r"Dimension out of range",
        r"too many indices",
    ),
    see="Print the shapes of the parameters at the top of the function.",
    speaks_for=lambda message: -1.0,
)
