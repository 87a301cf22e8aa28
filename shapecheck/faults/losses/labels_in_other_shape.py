"""The labels do not lie as the scores do."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import INDEX_LOSSES, failed, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *INDEX_LOSSES)
    scores = shape(operation, "input")
    labels = shape(operation, "target")
    if scores is None or labels is None or scores[:1] + scores[2:] == labels:
        return None
    return Recognition(f"scores {scores} want labels {scores[:1] + scores[2:]}, and got {labels}", weight=0)


BAD = """\
import torch
from torch import nn

scores = torch.randn(4, 3)
labels = torch.tensor([[0, 2, 1, 0]])
print(nn.functional.cross_entropy(scores, labels).item())
"""

GOOD = BAD.replace(
    "scores, labels)",
    "scores, labels.squeeze(0))",
)

FAULT = Fault(
    code="SC456",
    slug="labels_in_other_shape",
    headline="the labels do not lie as the scores do",
    why=(
        "Scores are (batch_size, classes) or (batch_size, classes, ...), labels the same without the axis of the "
        "classes."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Labels have the shape of the scores without axis 1.",
    messages=(
        r"Expected input batch_size \(\d+\) to match target batch_size",
        r"Expected target size",
        r"only batches of spatial targets supported",
        r"target tensor expected, multi-target not supported",
    ),
)
