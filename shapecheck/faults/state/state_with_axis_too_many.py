"""The state has an axis too many."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import RECURRENT, failed, shape
from shapecheck.reading.recurrent.recurrent_calls import state_roles


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *RECURRENT)
    if operation is None:
        return None
    sizes = shape(operation, "input")
    wrong = [role for role in state_roles(operation) if len(shape(operation, role) or ()) > 3]
    if not wrong or (sizes is not None and len(sizes) != 3):
        return None
    state = shape(operation, wrong[0])
    return Recognition(
        f"{wrong[0]} is {state}; beside a batch of sequences it has three axes and no more: layers, batch, hidden_size",
        weight=5,
    )


BAD = """\
import torch
from torch import nn

start = nn.Linear(5, 2 * 16)
gru = nn.GRU(10, 16, num_layers=2, batch_first=True)
state = start(torch.randn(4, 5)).view(4, 2, 16).transpose(0, 1).contiguous().unsqueeze(0)
out, _ = gru(torch.randn(4, 7, 10), state)
print(out.shape)
"""

GOOD = BAD.replace(".contiguous().unsqueeze(0)", ".contiguous()")

FAULT = Fault(
    code="SC212",
    slug="state_with_axis_too_many",
    headline="the state has an axis too many",
    why=(
        "A layer wants a state of (num_layers * num_directions, batch_size, hidden_size). unsqueeze(0) gives one state "
        "for each sample, (batch_size, hidden_size), its axis of the layers; where that is there already, the state "
        "gets a fourth axis, which no layer can read. So does one that was stacked once more."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Count the axes of a state before you add one: layers, batch, hidden_size, and that is all.",
    messages=(r"hx( and cx)? should also be 3-D but got \(?[4-9]-D",),
)
