"""An axis that happened to be of size one was squeezed away."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import expected_sizes


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "ndim" or violation.got is None or evidence.crash is not None:
        return None
    expected = expected_sizes(violation)
    gone = [name for (name, _), size in zip(violation.expected, expected, strict=True) if size == 1]
    if not gone or None in expected or violation.got != tuple(size for size in expected if size != 1):
        return None
    # A last axis of one that is missing in what was given was never there.
    if violation.role in ("input", "target") and gone == [violation.expected[-1][0]]:
        return None
    names = " and ".join(gone)
    return Recognition(
        f"{violation.got} is what is left when {names} of size 1 {'is' if len(gone) == 1 else 'are'} dropped, which a "
        "squeeze() without an axis does",
        "likely",
    )


BAD = """\
import torch
from torch import nn

from shapecheck import Protocol, Stage, watch


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, x):
        return self.linear(x).squeeze()


rows, scores = Stage("rows", "input", "batch_size 3"), Stage("scores", "output", "batch_size")
protocol = Protocol("one score a row", (rows, scores))
model = Scorer()
with watch(model, protocol=protocol):
    model(torch.randn(1, 3))  # the last batch of an epoch, with one sample
"""

GOOD = BAD.replace("squeeze()", "squeeze(-1)")

FAULT = Fault(
    code="SC318",
    slug="axis_of_one_squeezed",
    headline="an axis that happened to be of size one was squeezed away",
    why=(
        "squeeze() without an axis removes every axis of size 1, also one that is only 1 this time: the batch when one "
        "sample is left, the time when a sequence has one step. What follows then reads the wrong axes."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Name the axis: squeeze(-1), never squeeze().",
)
