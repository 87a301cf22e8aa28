"""Places found among scores, taken along another axis than was scored: ``drawn[:, scores.topk(k).indices]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import index_parts, takes_all
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import last_name, source_of

_COST = 0.02
# What gives the places of the numbers that it looks at.
_FINDS = ("topk", "argsort", "argmax", "argmin", "sort", "nonzero", "kthvalue")
_SEVERAL = "several axes have as many places as there are scores"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The place of an index that has as many positions as there are scores of one axis."""
    operation = failed(evidence, "__getitem__")
    item, index = (operand(operation, role) for role in ("self", "index"))
    if item is None or index is None or index.span is None or says(evidence, r"out of (bounds|range)") is None:
        return []
    sizes, parts = sizes_of(item), index_parts(index.span)
    taken = [at for at, (part, _) in enumerate(parts) if not takes_all(part)]
    if len(taken) != 1 or taken[0] >= len(sizes) or isinstance(parts[taken[0]][0], ast.Slice):
        return []
    span = parts[taken[0]][1]
    count = next(_scored(evidence, span), None)
    fitting = [axis for axis, size in enumerate(sizes) if size == count]
    if count is None or not fitting or taken[0] in fitting:
        return []
    doubt = _SEVERAL if len(fitting) > 1 else ""
    texts = [", ".join([":"] * axis + [span.text]) for axis in fitting]
    return [Candidate(f"[{text}]", (Change(index.span, text),), (), _COST, doubt) for text in texts]


def _scored(evidence: Evidence, span: Span) -> Iterator[int]:
    """How many scores the places were found among, where these are one number each."""
    for found in spans_of(evidence, span, parts=True):
        source = source_of(found.file)
        node: ast.AST | None = source.node_at(found) if source is not None else None
        # ``.indices`` and ``[1]`` stand behind the call, and so does a cut of what was found.
        while isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        if source is None or not isinstance(node, ast.Call) or last_name(node.func) not in _FINDS:
            continue
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        scores = node.args[0] if owner is not None and ast.unparse(owner) == "torch" and node.args else owner
        held = held_around(evidence, source, node).get(ast.unparse(scores)) if scores is not None else None
        if len(sizes_of(held)) == 1:
            yield sizes_of(held)[0]
