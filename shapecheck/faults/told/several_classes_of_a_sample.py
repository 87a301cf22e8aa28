"""Labels of which a sample may have several are given to a loss of one class a sample."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn

scores = nn.Linear(6, 4)(torch.randn(3, 6))
tags = torch.tensor([[1, 0, 1, 0], [0, 0, 0, 1], [1, 1, 1, 0]])  # a one for each tag that a picture has
criterion = nn.CrossEntropyLoss()
print(criterion(scores, tags))
"""

GOOD = BAD.replace("CrossEntropyLoss", "BCEWithLogitsLoss").replace("scores, tags", "scores, tags.float()")

FAULT = Fault(
    code="SC506",
    slug="several_classes_of_a_sample",
    headline="labels of which a sample may have several are given to a loss of one class a sample",
    why=(
        "Cross entropy sets the classes against each other: one of them is right. Where a sample may have several "
        "tags, or none, each tag is a question of its own, yes or no, which binary_cross_entropy_with_logits asks; "
        "it takes the rows of zeros and ones as floats."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="Count the ones in a row of labels: always one is a class, any number of them are tags.",
    messages=(r"Expected floating point type for target with class probabilities, got Long",),
    see="Print labels.sum(1): of one-hot labels it is 1 everywhere.",
    speaks_for=lambda message: -1.0,
)
