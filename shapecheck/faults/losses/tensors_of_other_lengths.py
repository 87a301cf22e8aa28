"""The tensors of a data set do not have the same number of samples."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import sizes_of


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "TensorDataset")
    given = [item for item in operation.arguments if sizes_of(item)] if operation is not None else []
    if len({sizes_of(item)[0] for item in given}) < 2:
        # What a call returned nobody holds, but the exception knows.
        is_said = operation is not None and says(evidence, "Size mismatch between tensors")
        return Recognition("axis 0 of each tensor counts the samples, and they differ", weight=8) if is_said else None
    counts = ", ".join(f"{item.expression} has {sizes_of(item)[0]}" for item in given)
    return Recognition(f"axis 0 of each tensor counts the samples: {counts}", weight=8)


BAD = """\
import torch
from torch.utils.data import TensorDataset

prices, window = torch.linspace(1, 9, 60), 7
x = torch.stack([prices[at : at + window] for at in range(len(prices) - window)])  # (53, window)
y = prices[window - 1 :]  # (54,)
print(len(TensorDataset(x, y)))
"""

GOOD = BAD.replace("window - 1 :", "window:").replace("(54,)", "(53,)")

FAULT = Fault(
    code="SC426",
    slug="tensors_of_other_lengths",
    headline="the tensors of a data set do not count the same samples",
    why=(
        "TensorDataset gives item k of each tensor as sample k, so axis 0 of all of them must be as long. Of windows "
        "over a series there are as many as the loop makes; the targets begin where the first window ends, and there "
        "must be one for each window. Where the counts differ by one, one of the two ends is off by one."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Count windows and targets by the same loop, so that target k stands right behind window k.",
    messages=("Size mismatch between tensors",),
)
