"""One of two that go together was cut, and the other one was not."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch

x, y = torch.randn(12, 5), torch.randn(12)
w = torch.randn(5, requires_grad=True)
keep = torch.arange(12) % 3 > 0
loss = ((x[keep] @ w - y) ** 2).mean()
loss.backward()
print(w.grad.shape)
"""

GOOD = BAD.replace("- y)", "- y[keep])")

FAULT = Fault(
    code="SC594",
    slug="cut_on_one_side_only",
    headline="one of two that go together was cut, and the other one was not",
    why=(
        "What is picked, cut or masked in one tensor has to be picked in every tensor that goes with it row "
        "by row: inputs and states, predictions and targets, values and masks."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Cut what belongs together in one line.",
    messages=(r"The size of tensor a .* must match the size of tensor b",),
    see="Print the shapes of all that is handed over together.",
    speaks_for=lambda message: -1.0,
)
