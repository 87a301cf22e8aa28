"""A view written for one sample folds the batch into the features."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.samples.folded_views import folded_view


def _recognise(evidence: Evidence) -> Recognition | None:
    found = next(folded_view(evidence), None)
    if found is None:
        return None
    item, span, _, axis, batch = found
    because = f"{item.expression} is {sizes_of(item)}: axis {axis} has size 1 where there are {batch} samples"
    return Recognition(because, weight=9, place=span)


BAD = """\
import torch
from torch import nn

embed = nn.Embedding(20, 10)
words = torch.tensor([3, 1, 4, 2])  # one word of each of four samples
context = torch.randn(1, 4, 10)
word = embed(words).view(1, 1, -1)
print(torch.cat([word, context], dim=2).shape)
"""

GOOD = BAD.replace(
    "view(1, 1, -1)",
    "view(1, words.size(0), -1)",
)

FAULT = Fault(
    code="SC553",
    slug="batch_folded_by_view",
    headline="a view written for one sample folds the batch into the features",
    why=(
        "view(1, 1, -1) is right for one sample: everything there is becomes its features. With a batch, all "
        "samples become the features of one."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Keep the batch an axis of its own: view(1, x.size(0), -1).",
    messages=(
        r"Sizes of tensors must match except in dimension \d+",
        r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\) at non-singleton dimension \d+",
    ),
)
