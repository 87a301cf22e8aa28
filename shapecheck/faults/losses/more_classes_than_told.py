"""Labels are made one-hot with fewer classes than they name."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, operand, says


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "one_hot")
    if operation is None or not says(evidence, r"Class values must be smaller than num_classes"):
        return None
    given, told = operand(operation, "tensor", "input", "self"), operand(operation, "num_classes")
    most = given.value.facts.get("max") if given is not None else None
    number = f", and the largest is {int(most)}" if most is not None else ""
    count = told.value.text if told is not None else "num_classes"
    return Recognition(f"with {count} classes the labels are 0 to {count} - 1{number}", "proved", weight=2)


BAD = """\
import torch
import torch.nn.functional as F

masks = torch.tensor([[[0, 255, 255], [0, 0, 255]]])  # white is the second class
truth = F.one_hot(masks, 2)
print(truth.shape)
"""

GOOD = BAD.replace("F.one_hot(masks, 2)", "F.one_hot(masks // 255, 2)")

FAULT = Fault(
    code="SC946",
    slug="more_classes_than_told",
    headline="labels are made one-hot with fewer classes than they name",
    why=(
        "one_hot makes a row of num_classes zeros for each label, and puts the one where the label counts to, from 0 "
        "on. Grey values of a picture, labels that count from 1 and marks for what is no class point behind the row."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Before one_hot, labels are numbers from 0 to num_classes - 1: divide grey values, move what counts from 1.",
    messages=(r"Class values must be smaller than num_classes",),
)
