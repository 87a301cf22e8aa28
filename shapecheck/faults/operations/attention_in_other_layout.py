"""Queries and keys of attention do not lie the same way."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.failing import failed, says, shape
from shapecheck.reading.sizes.widths_of_keys import keys_of_other_width


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is None or ("Multihead" not in operation.name and "Transformer" not in operation.name):
        return None
    if says(evidence, r"mask", r"dtype", r"divisible", r"embedding dimension", r"feature number"):
        return None
    query, key = shape(operation, "query", "src", "tgt"), shape(operation, "key", "memory", "tgt")
    if query is None or key is None or query == key or keys_of_other_width(evidence) is not None:
        return None
    return Recognition(
        f"query {query} and key {key}: both are (steps, batch_size, width), or with batch_first=True "
        "(batch_size, steps, width), where batch_size and width agree",
        weight=4,
    )


BAD = """\
import torch
from torch import nn

attention = nn.MultiheadAttention(16, 4)
query = torch.randn(3, 1, 16)  # batch first
memory = torch.randn(3, 7, 16)
out, _ = attention(query, memory, memory)
print(out.shape)
"""

GOOD = BAD.replace(
    "nn.MultiheadAttention(16, 4)",
    "nn.MultiheadAttention(16, 4, batch_first=True)",
)

FAULT = Fault(
    code="SC512",
    slug="attention_in_other_layout",
    headline="queries and keys of attention do not lie the same way",
    why=(
        "MultiheadAttention and the Transformer layers take time first unless batch_first=True is said. With "
        "self-attention nothing raises then: the samples of the batch attend to each other. Only queries and keys "
        "of different lengths make it visible."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="batch_first=True for every attention layer.",
    messages=(
        r"key's sequence and batch dims .* do not match value's",
        r"the batch number of src and tgt must be equal",
        r"shape '\[.*\]' is invalid for input of size",
    ),
)
