"""A tensor kept from another batch meets a batch of another size."""

from __future__ import annotations

import ast
import re

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import function_around, user_sources, walk

_ATTRIBUTE = re.compile(r"self\.(?:\w+\.)*(\w+)(?:\[.*\])?")


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "add", "sub", "mul", "div", "add_", "cat", "where")
    given = [item for item in tensors(operation) if item.value.record is not None] if operation is not None else []
    if len(given) != 2:
        return None
    left, right = (item.value.record.shape for item in given if item.value.record is not None)
    if len(left) != len(right) or not left or left[1:] != right[1:] or left[0] == right[0]:
        return None
    for item in given:
        made = trace(evidence, item.span)
        texts = (item.expression, *(found.span.text for found in made))
        kept = (match[1] for text in texts if (match := _ATTRIBUTE.fullmatch(text)))
        if any(_is_set_by_calls(evidence, name) for name in kept):
            return Recognition(
                f"{item.expression} was kept from another call; the two hold {left[0]} and {right[0]} samples", weight=5
            )
    return None


def _is_set_by_calls(evidence: Evidence, name: str) -> bool:
    """Whether an attribute is set elsewhere than in a constructor: what is made there once is a store, or a weight."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.ctx, ast.Store)
        and getattr(function_around(node), "name", "") != "__init__"
        for source in user_sources(evidence)
        for node in walk(source.tree)
    )


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
