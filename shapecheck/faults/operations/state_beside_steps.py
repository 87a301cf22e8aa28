"""The state of every layer meets the steps of a batch."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.mismatches import sizes_of, state_beside_steps


def _recognise(evidence: Evidence) -> Recognition | None:
    found = state_beside_steps(evidence)
    if found is None:
        return None
    layers, batch, _ = sizes_of(found)
    because = f"{found.expression} {sizes_of(found)} holds the states of {layers} layers for {batch} samples"
    return Recognition(because, "likely", weight=6)


BAD = """\
import torch
from torch import nn

gru = nn.GRU(10, 16, num_layers=2, batch_first=True)
memory, state = gru(torch.randn(4, 7, 10))
print(torch.tanh(state + memory).shape)
"""

GOOD = BAD.replace(
    "(state + memory)",
    "(state[-1].unsqueeze(1) + memory)",
)

FAULT = Fault(
    code="SC556",
    slug="state_beside_steps",
    headline="the state of every layer meets the steps of a batch",
    why=(
        "A state is (num_layers * num_directions, batch_size, hidden_size), the output of a layer with "
        "batch_first=True (batch_size, seq_length, hidden_size). To go with every step, the state of the last "
        "layer gets an axis for them: state[-1].unsqueeze(1)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="The last layer of a state, with an axis for the steps.",
    messages=(r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",),
)
