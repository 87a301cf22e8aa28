"""The hidden state does not fit the layer or the batch."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import fits_when_swapped, is_cell


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.role not in ("h_0", "c_0", "hx") or violation.kind not in ("size", "ndim"):
        return None
    if fits_when_swapped(violation):
        return None
    others = (
        violation.axes == (0,) if is_cell(violation) else violation.kind == "ndim" or violation.axes in ((0,), (1,))
    )
    if evidence.crash is not None and others:
        # The layers, the batch and a missing axis have faults of their own where the user's source is at hand; a cell
        # has no layers.
        return None
    wrong = ", ".join(violation.expected[axis][0] for axis in violation.axes)
    return Recognition(
        f"{violation.role} differs in {wrong}" if wrong else f"{violation.role} has the wrong number of axes", weight=0
    )


BAD = """\
import torch

from shapecheck import CheckedLSTM

lstm = CheckedLSTM(10, 16, num_layers=2, batch_first=True)
state = torch.zeros(2, 32, 16)  # kept from a batch of 32
lstm(torch.randn(5, 7, 10), (state, state))
"""

GOOD = BAD.replace(
    "state = torch.zeros(2, 32, 16)  # kept from a batch of 32",
    "state = torch.zeros(2, 5, 16)  # made for this batch",
)

FAULT = Fault(
    code="SC202",
    slug="state_does_not_fit",
    headline="the hidden state does not fit the layer or the batch",
    why=(
        "A state has one row for each layer and direction, one column for each sequence of this very batch, "
        "and as many numbers as the layer has hidden nodes. A state kept from a larger batch fits no smaller "
        "one."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Make the state from the batch at hand: x.size(0), not a constant.",
    messages=(
        r"Expected hidden(\[\d\])? size \(\d+, \d+, \d+\), got",
        r"hidden\d has inconsistent hidden_size: got \d+, expected \d+",
    ),
)
