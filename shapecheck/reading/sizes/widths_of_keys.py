"""Reads whether the keys of attention have another width than the layer was made for, while the queries have theirs."""

from __future__ import annotations

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, number, shape


def keys_of_other_width(evidence: Evidence) -> tuple[int, int] | None:
    """How wide the keys are, and how wide the layer wants them."""
    operation = failed(evidence, "MultiheadAttention")
    query, key = (shape(operation, role) for role in ("query", "key")) if operation is not None else (None, None)
    if operation is None or not query or not key or query[-1] != number(operation, "embed_dim"):
        return None
    want = number(operation, "kdim") or query[-1]
    return (key[-1], want) if key[-1] != want else None
