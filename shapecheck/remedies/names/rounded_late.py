"""A number of parts that is rounded in one place and multiplied first in another: rounded where it is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import class_around, home_around, last_name, node_at, source_of, statement_of, walk
from shapecheck.remedies.names.float_sizes import rounded_down

CAUSE = "float_as_size"
_COST = 0.06


def candidates(evidence: Evidence) -> list[Candidate]:
    """``n = length // step`` for ``n = length / step``, read as ``int(n)`` here and as ``int(n * step)`` there."""
    operation = failed(evidence)
    frame = evidence.user_frame
    node = node_at(operation.span) if operation is not None and operation.span is not None else None
    source = source_of(operation.span.file) if operation is not None and operation.span is not None else None
    if frame is None or node is None or source is None:
        return []
    found = []
    for each in walk(node):
        held = frame.names.get(ast.unparse(each)) if isinstance(each, ast.Name | ast.Attribute) else None
        is_float = held is not None and held.kind == "number" and held.type.startswith("float")
        if held is None or not is_float or float(held.text).is_integer() or not _is_rounded(each):
            continue
        if any(True for _ in _multiplied(each)):
            change = rounded_down(evidence, source.span(each))
            if change.span != source.span(each):
                found.append(Candidate(change.text, (change,), (), _COST))
    return found


def _is_rounded(node: ast.AST) -> bool:
    up = getattr(node, "parent", None)
    return isinstance(up, ast.Call) and last_name(up.func) == "int" and up.args == [node]


def _multiplied(node: ast.AST) -> Iterator[ast.Call]:
    """Where the same number is multiplied before it is rounded, in the same class or function."""
    text = ast.unparse(node)
    owner: ast.AST | None = class_around(node) if text.startswith("self.") else None
    home = owner or home_around(node)
    for call in walk(home):
        if not isinstance(call, ast.Call) or last_name(call.func) != "int" or statement_of(call) is statement_of(node):
            continue
        products = [each for each in walk(call) if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult)]
        if any(ast.unparse(part) == text for each in products for part in walk(each)):
            yield call
