"""A tensor kept from another batch meets a batch of another size."""

from __future__ import annotations

import re

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.sources import trace

_ATTRIBUTE = re.compile(r"self\.[\w.]+(\[.*\])?")


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "add", "sub", "mul", "div", "add_", "cat", "where")
    given = [item for item in tensors(operation) if item.value.record is not None] if operation is not None else []
    if len(given) != 2:
        return None
    left, right = (item.value.record.shape for item in given if item.value.record is not None)
    if len(left) != len(right) or not left or left[1:] != right[1:] or left[0] == right[0]:
        return None
    for item in given:
        made = trace(evidence, item.span) if item.span is not None else ()
        if any(_ATTRIBUTE.fullmatch(text) for text in (item.expression, *(found.span.text for found in made))):
            return Recognition(
                f"{item.expression} was kept from another call; the two hold {left[0]} and {right[0]} samples", weight=5
            )
    return None


BAD = """\
import torch
from torch import nn


class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(10, 10)
        self.state = None

    def forward(self, x):
        state = self.state
        if state is not None:
            x = x + state
        self.state = self.mix(x).detach()
        return self.state


cell = Cell()
for batch in torch.randn(10, 10).split(4):  # 4, 4 and 2 samples
    out = cell(batch)
print(out.shape)
"""

GOOD = BAD.replace(
    "if state is not None:",
    "if state is not None and len(state) == len(x):",
)

FAULT = Fault(
    code="SC523",
    slug="kept_from_other_batch",
    headline="a tensor kept from another batch meets a batch of another size",
    why=(
        "A model that keeps a state of its own keeps it for the batch that it saw. The last batch is smaller, and "
        "evaluation brings batches of its own: forget the state, make it for the batch at hand, or drop the last "
        "batch."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="A kept state belongs to one batch size.",
    messages=(r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension 0",),
)
