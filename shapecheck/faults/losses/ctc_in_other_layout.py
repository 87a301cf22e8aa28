"""CTC got its scores or lengths in another layout."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, operand, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "CTCLoss", "ctc_loss")
    if operation is None:
        return None
    sizes = shape(operation, "log_probs", "input")
    told = [
        f"{item.expression} {item.value.record.shape if item.value.record else item.value.text}"
        for role in ("input_lengths", "target_lengths")
        if (item := operand(operation, role)) is not None
    ]
    return Recognition(
        f"log_probs is {sizes}, read as (steps, batch_size, classes), beside {' and '.join(told)}; "
        "there is one length for each sample on both sides",
        weight=5,
    )


BAD = """\
import torch
from torch import nn

scores = torch.randn(3, 9, 5).log_softmax(2)  # (batch_size, steps, classes)
letters = torch.randint(1, 5, (3, 4))
steps, counts = torch.full((3,), 9), torch.full((3,), 4)
loss = nn.functional.ctc_loss(scores, letters, steps, counts)
print(loss.item())
"""

GOOD = BAD.replace(
    "ctc_loss(scores, letters",
    "ctc_loss(scores.transpose(0, 1), letters",
)

FAULT = Fault(
    code="SC451",
    slug="ctc_in_other_layout",
    headline="the scores or lengths of CTC lie in another layout",
    why=(
        "CTC takes log-probabilities with time first, (steps, batch_size, classes), whatever batch_first says "
        "elsewhere, the letters as (batch_size, longest) or all in one row, and for both the lengths, one a "
        "sample."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="CTC: time first, one length for each sample on both sides.",
    messages=(
        r"(input|target)_lengths must be of size batch_size",
        r"Expected input_lengths to have value at most",
        r"Expected tensor to have size at least \d+ at dimension \d+",
        r"input_lengths must be",
    ),
)
