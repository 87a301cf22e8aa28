"""Each sequence's own step was taken from every sequence."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.steps.own_steps import steps_of_all


def _recognise(evidence: Evidence) -> Recognition | None:
    found = steps_of_all(evidence)
    if found is None:
        return None
    because = (
        f"{found.index.text} names a step for each of {found.samples} sequences, and {found.place.text} takes all of "
        f"these steps from each sequence: {found.samples} times {found.samples}"
    )
    return Recognition(because, weight=9, place=found.place)


BAD = """\
import torch
from torch import nn

gru, linear = nn.GRU(10, 16, batch_first=True), nn.Linear(16, 5)
lengths, labels = torch.tensor([7, 3, 5, 6]), torch.randint(5, (4,))
out, _ = gru(torch.randn(4, 7, 10))
last = out[:, lengths - 1]
loss = nn.functional.cross_entropy(linear(last), labels)
print(loss.item())
"""

GOOD = BAD.replace(
    "out[:, lengths - 1]",
    "out[torch.arange(out.size(0)), lengths - 1]",
)

FAULT = Fault(
    code="SC322",
    slug="steps_of_all_sequences",
    headline="the step of each sequence was taken from every sequence",
    why=(
        "A slice in front of an index keeps its axis whole: out[:, steps] takes every one of the steps from every "
        "sequence, (batch_size, batch_size, hidden_size). Two indices that stand side by side go together item by "
        "item: out[torch.arange(batch_size), steps] takes one step of each."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Index both axes: out[torch.arange(batch_size), lengths - 1].",
    messages=(
        r"Expected target size \[\d+, \d+\], got \[\d+\]",
        r"Target size \(torch\.Size\(\[\d+\]\)\) must be the same as input size",
    ),
)
