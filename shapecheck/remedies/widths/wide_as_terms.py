"""A sum of products of which one matrix was made with another width: as wide as the matrix of the term beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import both_ways, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import function_at, last_name, node_at, source_of

_COST = 0.05
_EITHER = "the other matrix may be the one that was made with a wrong width"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.randn(h, 4 * h)`` for ``torch.randn(h, h)`` where ``x @ w + h @ u`` met, and ``w`` has ``4 * h``."""
    found: list[Candidate] = []
    for term, other in both_ways(failed(evidence, "add", "add_")):
        found += _as_beside(evidence, term, other)
    return found


def _as_beside(evidence: Evidence, term: Argument, other: Argument) -> Iterator[Candidate]:
    have, want = sizes_of(term), sizes_of(other)
    given, model = _width(evidence, term), _width(evidence, other)
    if len(have) < 2 or have[:-1] != want[:-1] or given is None or model is None or have == want:
        return
    if function_at(given) is not function_at(model) or given.file != model.file:
        return
    doubt = "" if _agrees(evidence, have[-1], want[-1]) else _EITHER
    cost = _COST + 0.3 * bool(doubt)
    yield Candidate(f"{given.text} -> {model.text}", (Change(given, model.text),), (), cost, doubt)


def _width(evidence: Evidence, term: Argument) -> Span | None:
    """The last of the sizes that the second matrix of a product was made with."""
    node, source = node_at(term.span), source_of(term.span.file) if term.span is not None else None
    factor = _second(node)
    for origin in trace(evidence, source.span(factor)) if source is not None and factor is not None else ():
        sizes = written_sizes(origin.span, evidence)
        if sizes is not None and len(sizes) == 2:
            return sizes[-1]
    return None


def _second(node: ast.expr | None) -> ast.expr | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return node.right
    if isinstance(node, ast.Call) and last_name(node.func) in ("mm", "matmul") and node.args:
        return node.args[-1]
    return None


def _agrees(evidence: Evidence, have: int, want: int) -> bool:
    """Whether something else of the statement, such as the bias, is as wide as the other term, and nothing as this."""
    vectors = {sizes_of(held) for held in evidence.held.values() if len(sizes_of(held)) == 1}
    return (want,) in vectors and (have,) not in vectors
