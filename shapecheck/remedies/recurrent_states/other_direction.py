"""One direction of a state beside all of it, in a join of both: ``torch.cat([h[-2], h[-1]], 1)`` for ``[h[-2], h]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import RECURRENT, failed, operand, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import node_at, user_sources

_COST = -0.05
_LAYERS = "nothing here goes in two directions: another layer may be meant, or all of it"
# The last layer has its two directions at the end.
_BESIDE = {-1: -2, -2: -1}


def candidates(evidence: Evidence) -> list[Candidate]:
    """The other direction of the same state, where the whole state was put beside one."""
    return list(_found(evidence))


def _found(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, "cat", "concat", "concatenate")
    items, along = tensors(operation), operand(operation, "dim", "axis")
    if along is None or along.value.text == "0":
        # Along the first axis, layers are put behind layers.
        return
    layers = (call for source in user_sources(evidence) for call in source.calls(*RECURRENT))
    doubt = "" if any(key.arg == "bidirectional" for call in layers for key in call.keywords) else _LAYERS
    nodes = [node_at(item.span) for item in items]
    for item, node in zip(items, nodes, strict=True):
        if not isinstance(node, ast.Name) or item.span is None:
            continue
        sizes = sizes_of(item)
        taken = {
            whole_number(each.slice)
            for other, each in zip(items, nodes, strict=True)
            if isinstance(each, ast.Subscript) and ast.unparse(each.value) == node.id and sizes_of(other) == sizes[1:]
        }
        at = taken.pop() if len(taken) == 1 else None
        beside = None if at is None else _BESIDE.get(at, 1 - at if sizes[0] == 2 and at in (0, 1) else None)
        if beside is not None and sizes[0] % 2 == 0:
            text = f"{node.id}[{beside}]"
            yield Candidate(text, (Change(item.span, text),), (Step("item", item.role, (beside,)),), _COST, doubt)
