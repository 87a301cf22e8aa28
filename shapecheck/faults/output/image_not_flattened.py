"""The axes of each sample were not flattened for the Linear."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.messages import matrices
from shapecheck.reading.failing import failed, number, shape
from shapecheck.reading.sizes.refused_widths import features_elsewhere, not_flattened


def _recognise(evidence: Evidence) -> Recognition | None:
    count, operation = not_flattened(evidence), failed(evidence)
    if count is None or operation is None or features_elsewhere(evidence) is not None:
        return None
    sizes = shape(operation, "input") or ()
    return Recognition(
        f"the last {count} axes of {sizes} hold {number(operation, 'in_features')} numbers together, which is what the "
        "layer wants as one axis",
        weight=5,
    )


BAD = """\
import torch
from torch import nn

conv = nn.Conv2d(1, 6, 5)
linear = nn.Linear(6 * 8 * 8, 10)
seen = conv(torch.randn(4, 1, 12, 12))  # (batch_size, 6, 8, 8)
print(linear(seen).shape)
"""

GOOD = BAD.replace(
    "linear(seen)",
    "linear(seen.flatten(1))",
)


def _speaks_for(message: str) -> float:
    """What is wanted holds several rows of what came, and the rows come in such groups."""
    sizes = matrices(message)
    if sizes is None:
        return 0.0
    rows, have, want, _ = sizes
    return 2.0 if 0 < have < want and want % have == 0 and rows % (want // have) == 0 else -2.0


FAULT = Fault(
    code="SC309",
    slug="image_not_flattened",
    headline="the axes of each sample were not flattened for the Linear",
    why=(
        "A Linear reads the last axis only and leaves all others as they are. Behind a convolution each sample "
        "still has channels, height and width: flatten(1), or nn.Flatten(), makes one axis of them and keeps the "
        "samples apart."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="flatten(1) between convolution and Linear.",
    messages=(r"mat1 and mat2 shapes cannot be multiplied",),
    speaks_for=_speaks_for,
)
