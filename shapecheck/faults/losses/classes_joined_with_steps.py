"""A view joined the classes with the steps, and one number a sequence was picked of both."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.joined.joined_classes import joined_classes


def _recognise(evidence: Evidence) -> Recognition | None:
    found = joined_classes(evidence)
    if found is None:
        return None
    return Recognition(
        f"the last layer gives {found.classes} numbers for each step, and the -1 of the view takes in both: what is "
        "picked behind it is one number of one class, and not the scores of a step",
        weight=9,
    )


BAD = """\
import torch
from torch import nn

lstm, linear = nn.LSTM(10, 16, batch_first=True), nn.Linear(16, 5)
labels = torch.tensor([3, 1, 4, 2])  # (batch_size,)
out, _ = lstm(torch.randn(4, 7, 10))
scores = linear(out.reshape(-1, 16))  # (batch_size*seq_length, num_classes)
steps = scores.view(4, -1)
print(nn.functional.cross_entropy(steps[:, -1], labels).item())
"""

GOOD = BAD.replace("view(4, -1)", "view(4, -1, 5)  # (batch_size, seq_length, num_classes)")

FAULT = Fault(
    code="SC460",
    slug="classes_joined_with_steps",
    headline="a view joined the classes with the steps, and one number was picked of both",
    why=(
        "A Linear over all steps gives (batch_size*seq_length, num_classes). view(batch_size, -1) puts all of a "
        "sequence into one row, the classes of its steps one behind the other, so that [:, -1] is the last class of "
        "the last step: right where the model gives one number a step, and one number too few for a loss that wants "
        "one score a class. Casting the labels until the loss is content trains that one number."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Give the classes an axis of their own before you pick a step: view(batch_size, -1, num_classes)[:, -1].",
    messages=(
        r"Expected floating point type for target with class probabilities",
        r"For 1D input, 1D target must have size 1",
    ),
)
