"""Two layers were given one name."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed
from shapecheck.reading.layers.replaced_layers import replaced_layer


def _recognise(evidence: Evidence) -> Recognition | None:
    found, operation = replaced_layer(evidence), failed(evidence)
    if found is None or operation is None:
        return None
    source, _, made = found
    lines = " and ".join(str(line.lineno) for line in made)
    because = f"lines {lines} assign {operation.callee}; the last one holds"
    return Recognition(because, weight=8, place=source.span(made[-1]))


BAD = """\
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.linear = nn.Linear(8, 16)
        self.norm = nn.BatchNorm1d(16)

    def forward(self, x):
        x = self.norm(self.conv(x)).mean((2, 3))
        return self.norm(self.linear(x))


print(Net()(torch.randn(4, 1, 6, 6)).shape)
"""

GOOD = BAD.replace("self.norm = nn.BatchNorm1d", "self.last_norm = nn.BatchNorm1d").replace(
    "return self.norm(",
    "return self.last_norm(",
)

FAULT = Fault(
    code="SC552",
    slug="layer_replaced",
    headline="two layers were given one name",
    why=(
        "An attribute holds one layer. The second assignment in the constructor replaces the first without a "
        "word, and forward calls the second in both places."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One name for each layer.",
    messages=(
        r"expected (2D|3D|4D|2D or 3D) input",
        r"mat1 and mat2 shapes cannot be multiplied",
        r"running_mean should contain \d+ elements not \d+",
    ),
)
