"""An index took one feature of every step instead of one step."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.sizes.refused_widths import took_a_feature


def _recognise(evidence: Evidence) -> Recognition | None:
    text = took_a_feature(evidence)
    if not text:
        return None
    return Recognition(
        f"{text} keeps the time axis and takes a single position of the last axis, which holds the features", weight=7
    )


BAD = """\
import torch
from torch import nn

lstm = nn.LSTM(10, 16, batch_first=True)
linear = nn.Linear(16, 5)
out, _ = lstm(torch.randn(4, 7, 10))
last = out[..., -1]
print(linear(last).shape)
"""

GOOD = BAD.replace(
    "out[..., -1]",
    "out[..., -1, :]",
)

FAULT = Fault(
    code="SC308",
    slug="step_taken_from_features",
    headline="an index took one feature of every step instead of one step",
    why=(
        "out is (batch_size, seq_length, hidden_size). The last step is out[:, -1], which is the same as out[..., "
        "-1, :]; out[..., -1] is the last of the hidden nodes at every step."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The last step of a batch-first output is out[:, -1].",
    messages=(r"mat1 and mat2 shapes cannot be multiplied",),
)
