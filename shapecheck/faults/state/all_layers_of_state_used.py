"""A state with all its layers is used where the last was meant."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of, state_beside_steps
from shapecheck.reading.recurrent.deep_states import deep_states
from shapecheck.reading.recurrent.whole_states import layers_of_rows, layers_of_scores


def _recognise(evidence: Evidence) -> Recognition | None:
    scores = layers_of_scores(evidence)
    if scores is not None:
        return Recognition(
            f"the scores {scores} have an axis of {scores[0]} layers in front, since they were made of the whole "
            f"state; the {scores[1]} labels go with one layer, the last",
            "likely",
            weight=7,
        )
    rows = layers_of_rows(evidence)
    if rows is not None:
        layers, samples = rows
        because = f"a state was made flat with its layers: {layers} rows for each of the {samples} samples"
        return Recognition(because, "likely", weight=9)
    if state_beside_steps(evidence) is not None:
        return None
    for deep in deep_states(evidence):
        because = f"{deep.place.text} holds {deep.layers} layers, as the recurrent layer wants them; here one is read"
        return Recognition(because, "likely", weight=9)
    operation = failed(evidence, "cat", "stack", "add", "mul", "sub", "bmm", "matmul")
    if operation is None:
        return None
    shapes = [item.value.record.shape for item in tensors(operation) if item.value.record is not None]
    for frame in evidence.frames:
        for name, held in frame.names.items():
            state = sizes_of(held) if held.kind == "tensor" else ()
            if len(state) != 3 or not 2 <= state[0] <= 8 or not frame.is_user or state in shapes:
                continue
            for left in shapes:
                if any(
                    len(left) == len(right) and size == state[0] * other and left[-1] == state[-1]
                    for right in shapes
                    for size, other in zip(left, right, strict=False)
                ):
                    return Recognition(
                        f"one operand is {state[0]} times as long as the other; {name} {state} holds {state[0]} layers",
                        "likely",
                        weight=4,
                    )
    return None


BAD = """\
import torch
from torch import nn


def beside(state, memory):
    steps = memory.size(1)
    repeated = torch.cat([state] * steps).transpose(0, 1)
    return torch.cat([repeated, memory], dim=2)


gru = nn.GRU(10, 16, num_layers=2, batch_first=True)
memory, state = gru(torch.randn(4, 7, 10))
print(beside(state, memory).shape)
"""

GOOD = BAD.replace(
    "print(beside(state, memory).shape)",
    "print(beside(state[-1:], memory).shape)",
)

FAULT = Fault(
    code="SC211",
    slug="all_layers_of_state_used",
    headline="a state with all its layers is used where the last was meant",
    why=(
        "h_n holds the last state of every layer and direction: (num_layers * num_directions, batch_size, "
        "hidden_size). Code that was written for one layer treats axis 0 as something of size 1."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="h_n[-1] is the last layer; h_n is all of them.",
    messages=(
        r"Sizes of tensors must match except in dimension",
        r"Expected input batch_size \(\d+\) to match target batch_size \(\d+\)",
    ),
)
