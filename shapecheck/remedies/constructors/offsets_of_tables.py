"""Tables laid one behind the other in one: each begins where those before it end, and not where it ends itself."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import argument, expression, piece
from shapecheck.reading.failing import failed, maker, operand
from shapecheck.reading.sources import function_at, last_name, node_at
from shapecheck.reading.ways_back import spans_behind

_COST = 0.02
_MODULES = ("np", "numpy", "torch")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``np.cumsum(sizes) - sizes`` for ``np.cumsum(sizes)`` beside a table of ``sum(sizes)`` rows."""
    operation = failed(evidence, "Embedding", "EmbeddingBag")
    item = operand(operation, "input") if operation is not None else None
    made = maker(evidence, operation) if operation is not None else None
    rows = argument(made.span, "num_embeddings", 0) if made is not None else None
    total = expression(rows.text) if rows is not None else None
    if item is None or item.span is None or rows is None or not isinstance(total, ast.Call):
        return []
    if last_name(total.func) != "sum" or len(total.args) != 1:
        return []
    sizes = ast.unparse(total.args[0])
    for span in spans_behind(evidence, item.span):
        for node in ast.walk(expression(span.text) or ast.Pass()):
            base = _summed_up(node)
            if base is None or not isinstance(node, ast.Call) or function_at(span) is not function_at(rows):
                continue
            if ast.unparse(base) != sizes and not _is_made_of(base, sizes):
                continue
            place = piece(span, node)
            whole, text = node_at(place), f"{place.text} - {ast.unparse(base)}"
            up = getattr(whole, "parent", None)
            text = text if isinstance(up, ast.Call) and whole in up.args else f"({text})"
            return [Candidate(text, (Change(place, text),), (), _COST)]
    return []


def _summed_up(node: ast.AST) -> ast.expr | None:
    """What a running sum is taken of."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "cumsum" or not isinstance(node.func, ast.Attribute):
        return None
    if ast.unparse(node.func.value) in _MODULES:
        return node.args[0] if node.args else None
    return node.func.value


def _is_made_of(base: ast.expr, sizes: str) -> bool:
    """Whether it is a tensor or an array of the sizes: ``torch.tensor(sizes)``."""
    is_call = isinstance(base, ast.Call) and last_name(base.func) in ("tensor", "array", "asarray", "as_tensor")
    return is_call and isinstance(base, ast.Call) and bool(base.args) and ast.unparse(base.args[0]) == sizes
