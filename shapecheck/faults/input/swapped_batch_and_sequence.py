"""Batch and time are swapped."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import fits_when_swapped
from shapecheck.reading.recurrent.laid_before import turned_round


def _recognise(evidence: Evidence) -> Recognition | None:
    turned = turned_round(evidence)
    if turned is not None:
        return Recognition(
            f"the state was made for {turned.rows} samples, which are axis {turned.given.index(turned.rows)} of the "
            f"input {turned.given}; in the calls before, as of {turned.before}, that axis held the steps",
            weight=8,
        )
    violation = evidence.violation
    if violation is None or violation.role not in ("input", "output", "target") or not fits_when_swapped(violation):
        return None
    first, second = (name for name, _ in violation.expected[:2])
    return Recognition(
        f"with the first two axes exchanged the shape is the expected one: axis 0 holds {second}, axis 1 holds {first}",
        certainty="likely",
        weight=3,
    )


BAD = """\
import torch
from torch import nn

from shapecheck import Protocol, watch


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 16, batch_first=True)
        self.linear = nn.Linear(16, 1)

    def forward(self, x):
        out, _ = self.lstm(x)  # (batch_size, seq_length, hidden_size)
        return self.linear(out.reshape(-1, 16))  # (batch_size * seq_length, 1)


protocol = Protocol.documented(sizes={"seq_length": 7})
model = Model()
days = torch.randn(7, 32, 1)  # time first, for a layer that is batch_first
with watch(model, protocol=protocol):
    model(days)
"""

GOOD = BAD.replace(
    "days = torch.randn(7, 32, 1)  # time first, for a layer that is batch_first",
    "days = torch.randn(7, 32, 1).transpose(0, 1)  # (batch_size, seq_length, num_features)",
)

FAULT = Fault(
    code="SC101",
    slug="swapped_batch_and_sequence",
    headline="batch and time are swapped",
    why=(
        "A recurrent layer walks along one axis, step after step, and treats the other as independent "
        "samples. With the two exchanged every size is legal, so torch raises nothing: the layer then carries "
        "its memory from one sample to the next and never sees a sequence."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Say for every tensor which axis is the batch and which is time; batch_first moves nothing.",
)
