"""Scores for every step meet one label a sequence."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, shape
from shapecheck.reading.recurrent.whole_states import layers_of_scores
from shapecheck.reading.steps.own_steps import steps_of_all


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    scores = shape(operation, "input")
    labels = shape(operation, "target")
    if not scores or not labels or len(scores) != 3 or not len(labels) < 3 or labels[0] not in scores[:2]:
        return None
    if layers_of_scores(evidence) is not None or steps_of_all(evidence) is not None:
        # Those are no steps.
        return None
    if evidence.violation is not None and evidence.violation.role == "weight":
        # Scores and labels go together; something else was refused.
        return None
    if len(labels) == 2 and (labels[1] != scores[2] or 1 in scores[:2]):
        return None
    axis = 1 if scores[0] == labels[0] else 0
    return Recognition(
        f"the scores {scores} have an axis of {scores[axis]} steps, the labels {labels} one for each sequence", weight=6
    )


BAD = """\
import torch
from torch import nn

lstm, linear = nn.LSTM(10, 16, batch_first=True), nn.Linear(16, 5)
labels = torch.randint(5, (4,))
out, _ = lstm(torch.randn(4, 7, 10))
loss = nn.functional.cross_entropy(linear(out), labels)
print(loss.item())
"""

GOOD = BAD.replace(
    "linear(out), labels",
    "linear(out[:, -1]), labels",
)

FAULT = Fault(
    code="SC452",
    slug="every_step_against_one_label",
    headline="scores for every step meet one label a sequence",
    why=(
        "A classifier of sequences says one thing for each sequence: it takes one step, usually the last, or a "
        "mean over the steps, before the last layer. Scores of every step need a label for every step."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One label a sequence: out[:, -1] before the Linear.",
    messages=(
        r"Expected target size \[\d+, \d+\], got \[\d+\]",
        r"Expected input batch_size \(\d+\) to match target batch_size \(\d+\)",
    ),
)
