"""A packed sequence that is taken apart into fewer names than it has fields."""

from __future__ import annotations

import ast
import re

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.sources import node_at

_COST = -0.1
_COUNTS = re.compile(r"(?i)batch|bs|sizes")
_PADDED = "the padded steps and their lengths may be meant, which unpacking gives"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``data, batch_sizes, *_ = packed``, where the names say that these are its first two fields."""
    operation = failed(evidence, "unpack")
    value = operand(operation, "value")
    target = node_at(operation.span) if operation is not None else None
    if operation is None or operation.span is None or value is None or value.value.kind != "packed":
        return []
    names = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    if len(names) != 2 or any(isinstance(each, ast.Starred) for each in names):
        return []
    is_count = _COUNTS.search(ast.unparse(names[1])) is not None and "len" not in ast.unparse(names[1]).lower()
    text = f"{', '.join(map(ast.unparse, names))}, *_"
    text = text if not operation.span.text.startswith(("(", "[")) else f"({text})"
    return [
        Candidate(text, (Change(operation.span, text),), (), _COST if is_count else 0.5, "" if is_count else _PADDED)
    ]
