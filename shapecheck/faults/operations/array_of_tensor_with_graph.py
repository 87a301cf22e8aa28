"""numpy() was called on a tensor that requires a gradient."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import says


def _recognise(evidence: Evidence) -> Recognition | None:
    if not says(evidence, r"Can't call numpy\(\) on Tensor that requires grad"):
        return None
    return Recognition("numpy cannot follow gradients, so torch asks for detach() first", weight=6)


BAD = """\
import torch
from torch import nn

linear = nn.Linear(10, 1)
prediction = linear(torch.randn(4, 10))
print(prediction.numpy().shape)
"""

GOOD = BAD.replace(
    "prediction.numpy()",
    "prediction.detach().numpy()",
)

FAULT = Fault(
    code="SC522",
    slug="array_of_tensor_with_graph",
    headline="numpy() was called on a tensor that requires a gradient",
    why=(
        "A prediction still hangs on the graph that leads to the weights. detach() gives the same numbers without "
        "it; inside torch.no_grad() there is none."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="detach() before numpy().",
    messages=(r"Can't call numpy\(\) on Tensor that requires grad",),
)
