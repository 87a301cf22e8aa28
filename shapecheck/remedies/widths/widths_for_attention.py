"""What goes into attention in another width than it reads: the layer in front told that width."""

from __future__ import annotations

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import attention_called, number
from shapecheck.reading.mismatches import sizes_of
from shapecheck.remedies.operands.made_wider import made_wider

CAUSE = "width_of_attention"
_ROLES = ("src", "tgt", "memory", "query", "key", "value")
_COST = 0.25


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Embedding(words, width)`` where one of two inputs is as wide as the layer reads, and this one is not."""
    operation = attention_called(evidence)
    want = (number(operation, "d_model") or number(operation, "embed_dim")) if operation is not None else 0
    items = [item for item in operation.arguments if item.role in _ROLES] if operation is not None else []
    fitting = [item for item in items if sizes_of(item)[-1:] == (want,)]
    odd = [item for item in items if len(sizes_of(item)) == 3 and sizes_of(item)[-1] != want]
    if not want or not fitting or not odd:
        return []
    return [each for item in odd for each in made_wider(evidence, item, want, cost=_COST)]
