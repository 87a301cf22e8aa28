"""cat was asked for an axis that only stack makes."""

from __future__ import annotations

from shapecheck.fault import Fault, told_by_remedy

BAD = """\
import torch
from torch import nn

layer, table = nn.Linear(5, 9), nn.Embedding(9, 5)
ids, picked = torch.tensor([1, 4, 7]), []
for _ in range(6):
    ids = layer(table(ids)).argmax(1)
    picked.append(ids)
print(torch.cat(picked, dim=1).shape)
"""

GOOD = BAD.replace("torch.cat", "torch.stack")

FAULT = Fault(
    code="SC599",
    slug="cat_for_stack",
    headline="cat was asked for an axis that only stack makes",
    why=(
        "torch.cat puts tensors behind each other along an axis that they have, torch.stack along a new one. "
        "What a loop has left step by step has no axis for the steps yet."
    ),
    recognise=told_by_remedy,
    bad=BAD,
    good=GOOD,
    lesson="A list of steps is stacked; a list of batches is joined.",
    messages=(r"Dimension out of range",),
    see="Print the shape of one item of the list: the axis that is asked for must be there for cat.",
    speaks_for=lambda message: -1.0,
)
