"""A recurrent layer got more axes than it reads."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import CELLS, RECURRENT, failed, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *RECURRENT, *CELLS)
    sizes = shape(operation, "input")
    if operation is None or sizes is None:
        return None
    if operation.name.endswith("Cell") and len(sizes) == 3:
        return Recognition(f"a cell reads one step, (batch_size, num_features); {sizes} is a whole sequence", weight=5)
    if len(sizes) < 4:
        return None
    return Recognition(
        f"the input {sizes} has {len(sizes)} axes; a recurrent layer knows three: batch, time and features", weight=5
    )


BAD = """\
import torch
from torch import nn

conv = nn.Conv2d(1, 12, (8, 3), padding=(0, 1))
lstm = nn.LSTM(12, 16, batch_first=True)
seen = conv(torch.randn(4, 1, 8, 20))  # (batch_size, 12, 1, 20)
out, _ = lstm(seen)
print(out.shape)
"""

GOOD = BAD.replace(
    "lstm(seen)",
    "lstm(seen.squeeze(2).permute(0, 2, 1))",
)

FAULT = Fault(
    code="SC105",
    slug="too_many_input_axes",
    headline="a recurrent layer got more axes than it reads",
    why=(
        "Images, one-hot tokens of a sequence of sequences and the output of a convolution have four axes. Which "
        "of them is time must be decided, and the others merged into the features, or into the batch."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Decide which axis is time; merge the rest before the recurrent layer.",
    messages=(
        r"Expected input to be 2D or 3D, got 4D",
        r"input must have 3 dimensions, got 4",
        r"Expected input to be 1D or 2D, got 3D",
    ),
)
