"""The hidden state was made with the batch first."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import fits_when_swapped


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.role not in ("h_0", "c_0", "hx") or not fits_when_swapped(violation):
        return None
    return Recognition(f"{violation.role} has the right sizes with its first two axes exchanged", weight=3)


BAD = """\
import torch

from shapecheck import CheckedLSTM

lstm = CheckedLSTM(10, 16, num_layers=2, batch_first=True)
state = torch.zeros(4, 2, 16)  # batch first
lstm(torch.randn(4, 7, 10), (state, state))
"""

GOOD = BAD.replace(
    "state = torch.zeros(4, 2, 16)  # batch first",
    "state = torch.zeros(2, 4, 16)  # (num_layers, batch_size, hidden_size)",
)

FAULT = Fault(
    code="SC201",
    slug="state_with_batch_first",
    headline="the hidden state was made with the batch first",
    why=(
        "batch_first speaks of the input and the output only. The states h_0 and c_0, and h_n and c_n that "
        "come back, are always (num_layers * num_directions, batch_size, hidden_size)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="h and c are never batch first.",
    messages=(r"Expected hidden(\[\d\])? size \(\d+, \d+, \d+\), got",),
)
