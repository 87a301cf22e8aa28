"""An embedding was given numbers that are no indices."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import dtype, failed
from shapecheck.reading.layers.tables_in_a_row import tables_in_a_row


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence, "Embedding", "embedding", "EmbeddingBag")
    kind = dtype(operation, "input")
    if not kind or kind in ("int64", "int32"):
        return None
    if tables_in_a_row(evidence) is not None:
        return Recognition(
            "they are the vectors that another embedding gave: one behind the other, each reads those of the one "
            "before as indices",
            weight=5,
        )
    return Recognition(f"the tokens are {kind}; an embedding looks up rows by int64 indices", weight=5)


BAD = """\
import torch
from torch import nn

embedding = nn.Embedding(20, 8)
tokens = torch.zeros(4, 7)  # zeros() makes float32
print(embedding(tokens).shape)
"""

GOOD = BAD.replace(
    "torch.zeros(4, 7)  # zeros() makes float32",
    "torch.zeros(4, 7, dtype=torch.long)",
)

FAULT = Fault(
    code="SC107",
    slug="tokens_are_not_integers",
    headline="an embedding was given numbers that are no indices",
    why=(
        "An Embedding is a table: its input says which row to take, so it must be of whole numbers, int64 or "
        "int32. Tensors made by zeros, from numpy or by arithmetic are often floats."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Tokens are int64: .long() where they are made.",
    messages=(r"Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int",),
)
