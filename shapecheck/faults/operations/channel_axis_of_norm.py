"""The channels of a norm stand last."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import NORMS, failed, number, tensors
from shapecheck.reading.samples.single_samples import axes_of_sample


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *NORMS)
    given = next(iter(tensors(operation)), None) if operation is not None else None
    if operation is None or given is None or given.value.record is None:
        return None
    sizes = given.value.record.shape
    want = number(operation, "num_features") or number(operation, "num_channels")
    if len(sizes) > 2 and want in sizes[2:] and sizes[1] != want and not axes_of_sample(evidence):
        return Recognition(
            f"axis 1 of {sizes} is read as the channels; {want} are expected, and a later axis has them", weight=6
        )
    return None


BAD = """\
import torch
from torch import nn

norm = nn.BatchNorm1d(16)
out = torch.randn(4, 7, 16)  # (batch_size, seq_length, hidden_size)
print(norm(out).shape)
"""

GOOD = BAD.replace(
    "norm(out)",
    "norm(out.transpose(1, 2)).transpose(1, 2)",
)

FAULT = Fault(
    code="SC515",
    slug="channel_axis_of_norm",
    headline="the channels of a norm stand last",
    why=(
        "BatchNorm takes its channels from axis 1, as convolutions do. Behind a recurrent layer or a Linear the "
        "features stand last: turn the axes before and back behind, or use LayerNorm, which normalises the last "
        "axis."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="BatchNorm: channels second; LayerNorm: features last.",
    messages=(r"running_mean should contain \d+ elements not \d+",),
)
