"""A token has no row in the embedding."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, number, value
from shapecheck.reading.layers.positions_outgrown import is_counted


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "Embedding", "embedding", "EmbeddingBag")
    tokens = value(operation, "input")
    if operation is None or tokens is None or tokens.record is None or not tokens.record.dtype.startswith("int"):
        return None
    weight = value(operation, "weight")
    rows = number(operation, "num_embeddings") or (weight.record.shape[0] if weight and weight.record else 0)
    least, most = tokens.facts.get("min"), tokens.facts.get("max")
    if most is None or least is None or (least >= 0 and most < rows):
        return None
    item = operation.argument("input")
    if least >= 0 and item is not None and tokens.record.shape[-1:] > (rows,) and is_counted(evidence, item):
        # They are no tokens: each step asks for a row of its own.
        return None
    wrong = int(most) if most >= rows else int(least)
    return Recognition(f"the table has {rows} rows, 0 to {rows - 1}, and token {wrong} is none of them", weight=5)


BAD = """\
import torch
from torch import nn

words = 20
embedding = nn.Embedding(words, 8)
tokens = torch.tensor([[1, 5, 20], [3, 2, 0]])  # counted from 1, and 0 for padding
print(embedding(tokens).shape)
"""

GOOD = BAD.replace(
    "nn.Embedding(words, 8)",
    "nn.Embedding(words + 1, 8)",
)

FAULT = Fault(
    code="SC108",
    slug="token_out_of_range",
    headline="a token index is out of range of the embedding",
    why=(
        "num_embeddings is the number of rows, and the rows are counted from 0. If words are numbered from 1 so "
        "that 0 can be the padding, or special tokens are added later, the table needs that many rows more. On a "
        "GPU the same mistake ends in a device-side assert."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="num_embeddings is the largest index plus one.",
    messages=(
        r"index out of range in self",
        r"device-side assert triggered",
        r"Index.*out of bounds",
    ),
)
