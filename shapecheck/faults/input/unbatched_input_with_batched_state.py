"""One sequence without a batch axis meets a state with one."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import RECURRENT, failed, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, *RECURRENT)
    if operation is None:
        return None
    sizes, state = shape(operation, "input"), shape(operation, "h_0", "hx")
    if sizes is None or state is None or len(sizes) != 2 or len(state) != 3:
        return None
    return Recognition(
        f"the input {sizes} has two axes, so it is read as one sequence of {sizes[0]} steps; the state {state} has "
        "a batch axis, and only an input with three axes goes with that",
        weight=5,
    )


BAD = """\
import torch
from torch import nn

gru = nn.GRU(10, 16, batch_first=True)
step = torch.randn(4, 10)  # one step of 4 sequences
state = torch.zeros(1, 4, 16)
out, state = gru(step, state)
print(out.shape)
"""

GOOD = BAD.replace(
    "gru(step, state)",
    "gru(step.unsqueeze(1), state)",
)

FAULT = Fault(
    code="SC104",
    slug="unbatched_input_with_batched_state",
    headline="one sequence without a batch axis meets a state with one",
    why=(
        "A recurrent layer takes (batch_size, seq_length, num_features), or without a batch (seq_length, "
        "num_features). Two axes always mean one single sequence, so a batch of single steps still needs its time "
        "axis, of size 1."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="One step of a batch is (batch_size, 1, num_features).",
    messages=(
        r"For unbatched 2-D input, hx( and cx)? should also be 2-D",
        r"For batched 3-D input, hx( and cx)? should also be 3-D",
    ),
)
