"""A bidirectional layer gives twice the width."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.faults.messages import matrices
from shapecheck.reading.failing import failed, features_taken, shape
from shapecheck.reading.sizes.refused_widths import two_directions


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is None or not two_directions(evidence):
        return None
    sizes = shape(operation, "input") or ()
    want = features_taken(operation)
    return Recognition(
        f"{want} numbers were expected and {sizes[-1]} came: the output of both directions stands side by side, "
        "2 * hidden_size wide, while each state is hidden_size wide",
        weight=6,
    )


BAD = """\
import torch
from torch import nn

hidden = 16
lstm = nn.LSTM(10, hidden, batch_first=True, bidirectional=True)
linear = nn.Linear(hidden, 5)
out, _ = lstm(torch.randn(4, 7, 10))
print(linear(out).shape)
"""

GOOD = BAD.replace(
    "nn.Linear(hidden, 5)",
    "nn.Linear(2 * hidden, 5)",
)


def _speaks_for(message: str) -> float:
    """Twice the width that is wanted is what two directions give."""
    sizes = matrices(message)
    if sizes is None:
        return 0.0
    _, have, want, _ = sizes
    return 3.0 if have == 2 * want else -3.0


FAULT = Fault(
    code="SC307",
    slug="both_directions_forgotten",
    headline="a bidirectional layer gives twice the width",
    why=(
        "With bidirectional=True every step has a forward and a backward output, put side by side: the width is 2 "
        "* hidden_size. The states stay hidden_size wide and have twice the rows."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Behind a bidirectional layer: 2 * hidden_size.",
    messages=(r"mat1 and mat2 shapes cannot be multiplied",),
    speaks_for=_speaks_for,
)
