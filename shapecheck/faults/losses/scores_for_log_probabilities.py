"""Raw scores or probabilities are given where log-probabilities are wanted."""

from __future__ import annotations

from shapecheck.fault import Fault
from shapecheck.faults.hazards import recognise_hazard

BAD = """\
import torch
from torch import nn

from shapecheck import CheckedLoss

criterion = CheckedLoss(nn.NLLLoss())
scores = torch.eye(5)  # (batch_size, num_classes)
labels = torch.randint(5, (5,))
criterion(scores, labels)
"""

GOOD = BAD.replace(
    "scores = torch.eye(5)  # (batch_size, num_classes)",
    "scores = torch.eye(5).log_softmax(1)  # (batch_size, num_classes)",
)

FAULT = Fault(
    code="SC409",
    slug="scores_for_log_probabilities",
    headline="raw scores or probabilities are given where log-probabilities are wanted",
    why=(
        "NLLLoss, KLDivLoss and CTCLoss take the input for logarithms of probabilities and use it as it is. "
        "With raw scores the loss falls below 0 without end as the scores grow; with probabilities it pulls "
        "the right one up only linearly. A logarithm of a probability is never above 0."
    ),
    recognise=recognise_hazard("scores_for_log_probabilities"),
    bad=BAD,
    good=GOOD,
    lesson="log_softmax before NLLLoss, KLDivLoss and CTCLoss; nothing before CrossEntropyLoss.",
    severity="warning",
)
