"""Targets of probabilities add up to one along another axis than the one that the loss takes for the classes."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.probed import START, sees

BAD = (
    START
    + """
model = nn.Linear(3, 5)
labels = nn.functional.one_hot(torch.randint(0, 5, (4, 7)), 5)
smooth = 0.9 * labels + 0.1 / 5  # (batch, time, classes)
report = audit(model, nn.CrossEntropyLoss(), (torch.randn(4, 7, 3), smooth))
"""
)

GOOD = BAD.replace(
    "nn.CrossEntropyLoss()",
    "lambda scores, target: nn.functional.cross_entropy(scores.mT, target.mT)",
)

FAULT = Fault(
    code="SC885",
    slug="soft_targets_along_other_axis",
    headline="targets are probabilities along another axis than the one that the loss takes for the classes",
    why=(
        "Targets of the very shape of the scores are taken for probabilities, and nothing is left to be refused: cross "
        "entropy takes axis 1 for the classes. Of (batch, time, classes) it lets the steps of a sequence compete for "
        "each class."
    ),
    recognise=sees("soft_targets_along_other_axis"),
    bad=BAD,
    good=GOOD,
    lesson="Soft targets too: (N * T, C) against (N * T, C), or both with the classes on axis 1.",
)
