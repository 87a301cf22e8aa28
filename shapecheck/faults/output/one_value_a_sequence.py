"""One value a sequence stands where one a step is wanted, or the reverse."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.reading import expected_sizes


def _recognise(evidence: Evidence) -> Recognition | None:
    violation = evidence.violation
    if violation is None or violation.kind != "size" or violation.axes != (0,) or violation.got is None:
        return None
    sizes, rows, expected = dict(evidence.sizes), violation.got[0], expected_sizes(violation)[0]
    batch, steps = sizes.get("batch_size"), sizes.get("seq_length")
    if batch is None or steps is None or expected is None or {rows, expected} != {batch, batch * steps} or steps == 1:
        return None
    have = "one row a sequence" if rows == batch else "one row a step"
    return Recognition(
        f"{rows} rows are {have}; {expected} were expected, with batch_size={batch} and seq_length={steps}"
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
        return self.linear(out[:, -1])  # (batch_size, 1)


model = Model()
with watch(model, protocol=Protocol.documented()):
    model(torch.randn(4, 7, 1))
"""

GOOD = BAD.replace(
    "return self.linear(out[:, -1])  # (batch_size, 1)",
    "return self.linear(out.reshape(-1, 16))  # (batch_size * seq_length, 1)",
)

FAULT = Fault(
    code="SC304",
    slug="one_value_a_sequence",
    headline="one value a sequence stands where one a step is wanted, or the reverse",
    why=(
        "out[:, -1] keeps the last step of each sequence and gives batch_size rows; out.reshape(-1, "
        "hidden_size) keeps every step and gives batch_size * seq_length rows. Targets must be made for the "
        "one that the model uses."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Decide first whether the model says something at every step or once a sequence.",
)
