"""Masks of scaled_dot_product_attention: (batch, heads, queries, keys), where an axis of one stands for all."""

from __future__ import annotations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.remedies.moves import put_behind

CAUSE = "mask_does_not_fit"


def candidates(evidence: Evidence) -> list[Candidate]:
    """An axis of one for the heads, and for the queries of a mask that only has the keys of each sample."""
    operation = failed(evidence, "scaled_dot_product_attention")
    mask = operand(operation, "attn_mask")
    query, key = (shape(operation, role) for role in ("query", "key"))
    have = sizes_of(mask)
    if mask is None or query is None or key is None or len(query) != 4 or len(key) != 4 or not have:
        return []
    batch, queries, keys = query[0], query[2], key[2]
    if len(have) == 3 and have[0] == batch and have[1] in (1, queries) and have[2] == keys:
        return put_behind(evidence, mask, ".unsqueeze(1)", [Step("unsqueeze", mask.role, (1,))], cost=0.05)
    if have == (batch, keys) and have[0] not in (1, queries):
        steps = [Step("unsqueeze", mask.role, (1,)), Step("unsqueeze", mask.role, (1,))]
        return put_behind(evidence, mask, "[:, None, None, :]", steps, cost=0.05)
    return []
