"""A tuple that was compared with a tensor: Python answers with one False, of which no mean can be taken."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Span, Value
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, says
from shapecheck.reading.mismatches import dtype_of
from shapecheck.reading.sources import node_at


@dataclass(frozen=True, slots=True)
class Compared:
    """The tuple where it is compared.

    Args:
        span: Where it is read.
        value: The tuple.
        dtype: Of the tensor beside it.
        are_labels: Whether that holds floats of which nothing shows that they are no whole numbers, as labels do that
            were read from a table.
    """

    span: Span
    value: Value
    dtype: str
    are_labels: bool


def compared_tuple(evidence: Evidence) -> Compared | None:
    """``pred == labels``, where ``pred`` is what ``max(1)`` gave: the values and where they stand."""
    operation = failed(evidence)
    item = operation.argument("self") if operation is not None else None
    if item is None or item.span is None or says(evidence, r"'bool' object has no attribute") is None:
        return None
    node = expression(item.span.text)
    if not isinstance(node, ast.Compare) or len(node.comparators) != 1 or node_at(item.span) is None:
        return None
    sides = [
        (piece(item.span, each), evidence.held.get(ast.unparse(each))) for each in (node.left, node.comparators[0])
    ]
    for (span, held), (_, other) in (sides, sides[::-1]):
        is_pair = held is not None and held.kind == "tuple" and all(part.record is not None for part in held.items)
        if held is not None and is_pair and held.items and other is not None and other.record is not None:
            return Compared(span, held, other.record.dtype, _are_labels(other))
    return None


def _are_labels(beside: Value) -> bool:
    numbers = [beside.facts[name] for name in ("min", "max", "sum") if name in beside.facts]
    is_float = dtype_of(beside).startswith("float")
    return is_float and bool(numbers) and all(float(each).is_integer() for each in numbers)
