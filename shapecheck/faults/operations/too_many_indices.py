"""More indices than the tensor has axes."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "__getitem__", "__setitem__")
    if operation is None or not says(evidence, r"too many indices"):
        return None
    sizes = shape(operation, "self")
    return Recognition(f"the tensor is {sizes}: it has {len(sizes or ())} axes", weight=5)


BAD = """\
import torch
from torch import nn

gru = nn.GRU(10, 16, batch_first=True)
out, _ = gru(torch.randn(4, 7, 10))
last = out[:, -1]
print(last[:, -1, :].shape)
"""

GOOD = BAD.replace(
    "last[:, -1, :]",
    "last[:, :]",
)

FAULT = Fault(
    code="SC521",
    slug="too_many_indices",
    headline="more indices than the tensor has axes",
    why=(
        "Each index takes or keeps one axis. Behind out[:, -1] the time axis is gone, and an index for it finds "
        "nothing."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One index an axis.",
    messages=(r"too many indices for tensor of dimension \d+",),
)
