"""A mask has not the shape that attention wants."""

from __future__ import annotations

from shapecheck.evidence import Evidence, Operation
from shapecheck.fault import Fault, Recognition
from shapecheck.reading.compared.mask_sizes import wanted_of_mask
from shapecheck.reading.failing import failed, says, shape


def _recognise(evidence: Evidence) -> Recognition | None:
    operation = failed(evidence)
    if operation is not None and operation.name.endswith("scaled_dot_product_attention"):
        return _of_function(operation)
    if operation is None or ("Multihead" not in operation.name and "Transformer" not in operation.name):
        return None
    found = next((item for item in operation.arguments if "mask" in item.role and item.value.record is not None), None)
    if found is None or found.value.record is None or not (says(evidence, r"mask") or wanted_of_mask(evidence)):
        return None
    query = next((item.value.record for item in operation.arguments if item.value.kind == "tensor"), None)
    return Recognition(
        f"{found.expression} is {found.value.record.shape} for a query {query.shape if query else ''}: "
        "a key_padding_mask is (batch_size, keys), an attn_mask (queries, keys) or one for each sample and head",
        weight=0,
    )


def _of_function(operation: Operation) -> Recognition | None:
    """The same of the function, whose mask is spread to (batch, heads, queries, keys)."""
    mask, query, key = (shape(operation, role) for role in ("attn_mask", "query", "key"))
    if not mask or query is None or key is None or len(query) != 4 or len(key) != 4:
        return None
    wanted = (*query[:3], key[2])
    if len(mask) <= 4 and all(size in (1, want) for size, want in zip(mask[::-1], wanted[::-1], strict=False)):
        return None
    return Recognition(
        f"the mask is {mask}, and it is spread to {wanted}, which are (batch_size, heads, queries, keys), from the "
        "last axis on",
        weight=3,
    )


BAD = """\
import torch
from torch import nn

attention = nn.MultiheadAttention(16, 4, batch_first=True)
x = torch.randn(3, 7, 16)
padding = torch.zeros(7, 3, dtype=torch.bool)
out, _ = attention(x, x, x, key_padding_mask=padding)
print(out.shape)
"""

GOOD = BAD.replace(
    "key_padding_mask=padding)",
    "key_padding_mask=padding.t())",
)

FAULT = Fault(
    code="SC511",
    slug="mask_does_not_fit",
    headline="a mask has not the shape that attention wants",
    why=(
        "Attention knows two masks. key_padding_mask says for each sample which keys are padding: (batch_size, "
        "keys), also when time stands first elsewhere. attn_mask says which query may see which key: (queries, "
        "keys), or (batch_size * num_heads, queries, keys)."
    ),
    recognise=_recognise,
    bad=BAD,
    good=GOOD,
    lesson="Padding: (batch_size, keys). Attention: (queries, keys).",
    messages=(
        r"key_padded_mask|key_padding_mask",
        r"The shape of the 2D attn_mask is",
        r"The shape of the 3D attn_mask is",
        r"shape '\[1, 1, \d+, \d+\]' is invalid for input of size",
    ),
)
