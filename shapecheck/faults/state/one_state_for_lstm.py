"""An LSTM was given one state where it has two."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, operand


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "LSTM", "LSTMCell")
    if operation is None:
        return None
    whole = operand(operation, "(h_0, c_0)", "hx", "(h_0, c_0)")
    if whole is None or whole.value.kind != "tensor" or whole.value.record is None:
        return None
    return Recognition(
        f"{whole.expression} is one tensor {whole.value.record.shape}, and an LSTM takes it apart", weight=6
    )


BAD = """\
import torch
from torch import nn

lstm = nn.LSTM(10, 16, num_layers=2, batch_first=True)
h = torch.zeros(2, 4, 16)
out, _ = lstm(torch.randn(4, 7, 10), h)
print(out.shape)
"""

GOOD = BAD.replace(
    "torch.randn(4, 7, 10), h)",
    "torch.randn(4, 7, 10), (h, torch.zeros_like(h)))",
)

FAULT = Fault(
    code="SC206",
    slug="one_state_for_lstm",
    headline="an LSTM was given one state where it has two",
    why=(
        "An LSTM keeps a hidden state and a cell state and wants both as a tuple (h_0, c_0); a GRU and an RNN "
        "have h alone. Given a single tensor the LSTM takes its first two items for the two states, and says "
        "something about axes or indices."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="LSTM: (h, c). GRU and RNN: h.",
    messages=(
        r"index 1 is out of bounds for dimension 0 with size 1",
        r"hx and cx should also be 3-D but got \(2-D, 2-D\)",
        r"not enough values to unpack",
        r"lstm_cell\(\): argument 'hx' \(position 2\) must be tuple of Tensors, not Tensor",
    ),
)
