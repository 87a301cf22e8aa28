"""backward() was called on a loss that is not a scalar."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "backward", "grad")
    if operation is None or not says(evidence, r"only for scalar outputs"):
        return None
    given = next((item.value.record for item in operation.arguments if item.value.record is not None), None)
    return Recognition(
        f"the loss is {given.shape if given else 'a tensor'}, and a gradient belongs to one number", weight=6
    )


BAD = """\
import torch
from torch import nn

linear = nn.Linear(10, 1)
loss = nn.functional.mse_loss(linear(torch.randn(4, 10)), torch.randn(4, 1), reduction="none")
loss.backward()
print(linear.weight.grad.shape)
"""

GOOD = BAD.replace(
    "loss.backward()",
    "loss.mean().backward()",
)

FAULT = Fault(
    code="SC517",
    slug="backward_of_many_numbers",
    headline="backward() was called on a loss that is not a scalar",
    why=(
        "Training makes one number smaller. With reduction='none', or a loss written by hand without a mean, "
        "there is one for each sample: mean() or sum() first."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="loss.mean() before backward().",
    messages=(r"grad can be implicitly created only for scalar outputs",),
)
