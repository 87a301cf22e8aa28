"""Tables laid one behind the other in one: each begins where those before it end, and not where it ends itself."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, maker, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.sources import function_at, last_name, node_at, parents, walk
from shapecheck.reading.vocabulary import ARRAYS, LIBRARIES, TENSORS
from shapecheck.reading.ways_back import spans_behind

_COST = 0.02
_JOINS = ("cat", "concat", "concatenate", "hstack", "insert", "append", "pad", "roll")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``np.cumsum(sizes) - sizes`` for ``np.cumsum(sizes)`` beside a table of ``sum(sizes)`` rows."""
    operation = failed(evidence, "Embedding", "EmbeddingBag")
    item = operand(operation, "input")
    made = maker(evidence, operation)
    rows = told_for(made, "num_embeddings")
    total = expression(rows.text) if rows is not None else None
    if item is None or item.span is None or rows is None or not isinstance(total, ast.Call):
        return []
    if last_name(total.func) != "sum" or len(total.args) != 1:
        return []
    sizes = ast.unparse(total.args[0])
    for span in spans_behind(evidence, item.span):
        for node in walk(expression(span.text)):
            base = _summed_up(node)
            if base is None or not isinstance(node, ast.Call) or function_at(span) is not function_at(rows):
                continue
            if ast.unparse(base) != sizes and not _is_made_of(base, sizes):
                continue
            place = piece(span, node)
            if _is_moved(place):
                continue
            whole, text = node_at(place), f"{place.text} - {ast.unparse(base)}"
            up = getattr(whole, "parent", None)
            text = text if isinstance(up, ast.Call) and whole in up.args else f"({text})"
            return [Candidate(text, (Change(place, text),), (), _COST)]
    return []


def _is_moved(place: Span) -> bool:
    """Whether the running sum is moved on by one already, as behind a zero and without its last."""
    for up in parents(node_at(place)):
        if isinstance(up, ast.Subscript | ast.Starred | ast.List | ast.Tuple | ast.BinOp):
            return True
        if isinstance(up, ast.Call) and last_name(up.func) in _JOINS:
            return True
        if isinstance(up, ast.Assign) and len(up.targets) == 1:
            return _is_cut(up.targets[0])
        if isinstance(up, ast.stmt):
            return False
    return False


def _is_cut(name: ast.expr) -> bool:
    """Whether a part of what has a name is taken somewhere, or it is joined with others."""
    top = next((up for up in parents(name) if isinstance(up, ast.Module)), None)
    reads = [
        each for each in walk(top or name) if isinstance(each, ast.expr) and ast.unparse(each) == ast.unparse(name)
    ]
    ups = [getattr(each, "parent", None) for each in reads]
    calls = [each for each in ups if isinstance(each, ast.Call)]
    return any(isinstance(each, ast.Subscript | ast.Starred | ast.List | ast.Tuple) for each in ups) or any(
        last_name(each.func) in _JOINS for each in calls
    )


def _summed_up(node: ast.AST) -> ast.expr | None:
    """What a running sum is taken of."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "cumsum" or not isinstance(node.func, ast.Attribute):
        return None
    if ast.unparse(node.func.value) in LIBRARIES:
        return node.args[0] if node.args else None
    return node.func.value


def _is_made_of(base: ast.expr, sizes: str) -> bool:
    """Whether it is a tensor or an array of the sizes: ``torch.tensor(sizes)``."""
    is_call = isinstance(base, ast.Call) and last_name(base.func) in (*TENSORS, *ARRAYS)
    return is_call and isinstance(base, ast.Call) and bool(base.args) and ast.unparse(base.args[0]) == sizes
