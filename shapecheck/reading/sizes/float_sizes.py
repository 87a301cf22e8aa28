"""Reads the floats that stand where something is counted: a size, a bound of a slice, a number of parts."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Operation, Span, Value
from shapecheck.reading.edits import index_parts, piece
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import walk

_REFUSED = (
    r"type must be tuple of ints, ?but got float",
    r"must be (?:tuple of ints|int), not float",
    r"slice indices must be integers",
    r"'float' object cannot be interpreted as an integer",
    r"valid indices \(got float\)",
)
# Sizes of these multiply to what there is, so a number that does not divide it is refused.
_SHARED_OUT = ("view", "reshape", "unflatten")


@dataclass(frozen=True, slots=True)
class FloatSize:
    """A float where a whole number is wanted.

    Args:
        span: Where it stands.
        text: The number.
        is_whole: Whether nothing stands behind its point.
    """

    span: Span
    text: str
    is_whole: bool


def float_sizes(evidence: Evidence) -> tuple[FloatSize, ...]:
    """The floats among what an operation was given, where it was refused because it counts; none for a layer made."""
    operation = failed(evidence)
    if operation is None or operation.parameters or says(evidence, *_REFUSED) is None:
        return ()
    given = [(item.span, item.value) for item in operation.arguments if item.span is not None]
    found = [size for span, value in given if span is not None and (size := _float(span, value)) is not None]
    return tuple(found or _bounds(evidence, operation))


def is_shared_out(operation: Operation | None) -> bool:
    """Whether the sizes that an operation was given must multiply to what there is."""
    return operation is not None and operation.name.rpartition(".")[2] in _SHARED_OUT


def _float(span: Span, value: Value) -> FloatSize | None:
    if value.kind != "number" or not value.type.startswith("float"):
        return None
    return FloatSize(span, value.text, re.fullmatch(r"-?\d+(\.0*)?", value.text) is not None)


def _bounds(evidence: Evidence, operation: Operation) -> Iterator[FloatSize]:
    """The bounds of slices that are floats, as their names say or a division that stands there."""
    item = operation.argument("index")
    if item is None or item.span is None:
        return
    for part, span in index_parts(item.span):
        for bound in (part.lower, part.upper) if isinstance(part, ast.Slice) else ():
            if bound is None:
                continue
            # Of a bound that is reckoned, the parts that are floats.
            found = []
            for node in walk(bound) if not isinstance(bound, ast.Call) else ():
                if not isinstance(node, ast.Name | ast.Attribute):
                    continue
                place = piece(span, node, before=_before(part, span))
                held = evidence.held.get(place.text)
                size = _float(place, held) if held is not None else None
                found += [size] if size is not None else []
            if not found and isinstance(bound, ast.BinOp) and isinstance(bound.op, ast.Div):
                place = piece(span, bound, before=_before(part, span))
                found = [FloatSize(place, place.text, is_whole=False)]
            yield from found


def _before(part: ast.expr, span: Span) -> int:
    """How many characters stood before the text of a part when it was read."""
    return part.col_offset if part.lineno == 1 and "\n" not in span.text else 1
