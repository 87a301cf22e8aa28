"""The state lacks the axis of the layers."""

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
    wrong = [role for role in state_roles(operation) if len(shape(operation, role) or ()) < 3]
    if not wrong or (sizes is not None and len(sizes) != 3):
        return None
    state = shape(operation, wrong[0])
    return Recognition(
        f"{wrong[0]} is {state}; beside a batch of sequences it needs three axes: layers, batch, hidden_size", weight=5
    )


BAD = """\
import torch
from torch import nn

start = nn.Linear(5, 16)
gru = nn.GRU(10, 16, batch_first=True)
state = start(torch.randn(4, 5))  # (batch_size, hidden_size)
out, _ = gru(torch.randn(4, 7, 10), state)
print(out.shape)
"""

GOOD = BAD.replace(
    "state = start(torch.randn(4, 5))",
    "state = start(torch.randn(4, 5)).unsqueeze(0)",
)

FAULT = Fault(
    code="SC204",
    slug="state_without_layer_axis",
    headline="the state lacks the axis of the layers",
    why=(
        "A state made by a Linear, or taken from a cell, is (batch_size, hidden_size). A layer wants (num_layers "
        "* num_directions, batch_size, hidden_size), also with one layer: unsqueeze(0) adds that axis."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A state has three axes, and the first counts layers.",
    messages=(
        r"hx( and cx)? should also be 3-D but got \(?[12]-D",
        r"Expected hidden size",
    ),
)
