"""A GRU or RNN was given a tuple of states."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, operand


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "GRU", "RNN", "GRUCell", "RNNCell")
    state = operand(operation, "h_0", "hx")
    if state is None or state.value.kind not in ("tuple", "list"):
        return None
    return Recognition(
        f"{state.expression} is a {state.value.type} of {len(state.value.items)}; this layer has one state, a tensor",
        weight=6,
    )


BAD = """\
import torch
from torch import nn

gru = nn.GRU(10, 16, batch_first=True)
state = (torch.zeros(1, 4, 16), torch.zeros(1, 4, 16))
out, _ = gru(torch.randn(4, 7, 10), state)
print(out.shape)
"""

GOOD = BAD.replace(
    "torch.randn(4, 7, 10), state)",
    "torch.randn(4, 7, 10), state[0])",
)

FAULT = Fault(
    code="SC207",
    slug="two_states_for_gru",
    headline="a GRU or RNN was given a tuple of states",
    why=(
        "Only an LSTM has a cell state. A program that was written for an LSTM and changed to a GRU still makes "
        "and passes (h, c)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="LSTM: (h, c). GRU and RNN: h.",
    messages=(
        r"'tuple' object has no attribute '(dim|size)'",
        r"'list' object has no attribute '(dim|size)'",
    ),
)
