"""A reshape made the sizes fit and mixed up what belongs together."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.output.another_item_taken import taken


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "content" or taken(violation) is not None:
        return None
    return Recognition(
        "the sizes are right, but the values are not those of the stage before, in the order that it promises"
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
        return self.linear(out.transpose(0, 1).reshape(-1, 16))  # time first: rows of different samples alternate


model = Model()
with watch(model, protocol=Protocol.documented()):
    model(torch.randn(4, 7, 1))
"""

GOOD = BAD.replace(
    "return self.linear(out.transpose(0, 1).reshape(-1, 16))  # time first: rows of different samples alternate",
    "return self.linear(out.reshape(-1, 16))  # (batch_size * seq_length, 1)",
)

FAULT = Fault(
    code="SC302",
    slug="scrambled_by_reshape",
    headline="a reshape made the sizes fit and mixed up what belongs together",
    why=(
        "reshape and view never move a number: they only cut the same row of numbers into other pieces. Where "
        "axes must change places, only transpose or permute keeps each sample's numbers together."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="reshape only where axes that stand side by side are merged or split; else permute.",
)
