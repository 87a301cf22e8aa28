"""A packed sequence was used as a tensor."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import RECURRENT, failed


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is None or operation.name.rpartition(".")[2] in (*RECURRENT, "pad_packed_sequence"):
        return None
    for item in (*operation.arguments, *(evidence.operation.arguments if evidence.operation else ())):
        if item.value.kind == "packed":
            return Recognition(f"{item.expression} is a PackedSequence, which only recurrent layers can read", weight=6)
    return None


BAD = """\
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

lstm = nn.LSTM(10, 16, batch_first=True)
linear = nn.Linear(16, 5)
packed = pack_padded_sequence(torch.randn(3, 7, 10), [7, 5, 2], batch_first=True)
out, _ = lstm(packed)
print(linear(out).shape)
"""

GOOD = BAD.replace(
    "out, _ = lstm(packed)\n",
    "out, _ = lstm(packed)\nout, _ = pad_packed_sequence(out, batch_first=True)\n",
)

FAULT = Fault(
    code="SC306",
    slug="packed_used_as_tensor",
    headline="a packed sequence was used as a tensor",
    why=(
        "A recurrent layer that is fed a PackedSequence returns one. Linear layers, activations and losses take "
        "tensors: pad_packed_sequence makes one again, with the lengths beside it."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Packed in, packed out: pad_packed_sequence behind the recurrent layer.",
    messages=(
        r"must be Tensor, not PackedSequence",
        r"'PackedSequence' object has no attribute",
    ),
)
