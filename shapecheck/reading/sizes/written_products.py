"""A product of sizes that was written out, ``16 * 4 * 4``: held against what arrived, and written anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt, prod

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, factors, piece, whole_number
from shapecheck.reading.failing import failed, maker, number, operand, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.maps_meant import may_be_meant


@dataclass(frozen=True, slots=True)
class Product:
    """A product and what it must be.

    Args:
        span: Where it is written.
        text: The same with the factors that arrived: those that agree stay as they are written.
        have: What it comes to.
        size: What it must come to.
        pairs: The factors that do not agree, each with what arrived.
        is_sure: Whether nothing speaks for what is written: what arrived is larger, but less than twice as large, or
            it is smaller, and no padding, pool or stride of the layers in front would make it arrive as written.
    """

    span: Span
    text: str
    have: int
    size: int
    pairs: tuple[tuple[int, int], ...]
    is_sure: bool


def product_of_view(evidence: Evidence) -> Product | None:
    """The last size that a view was given, where it has a factor for each axis of a sample."""
    operation = failed(evidence, "view", "reshape")
    sizes = shape(operation, "self", "input")
    given = [each for each in operation.arguments if each.role.startswith("shape[")] if operation is not None else []
    if operation is None or sizes is None or len(given) != 2 or given[1].span is None or len(sizes) < 3:
        return None
    text = given[1].value.text
    return _found(evidence, given[1].span, int(text), sizes[1:]) if text.isdecimal() else None


def product_of_layer(evidence: Evidence) -> Product | None:
    """The width of a Linear that was given rows, written as channels times a square."""
    operation = failed(evidence, "Linear")
    origin = maker(evidence, operation)
    item = operand(operation, "input", "x")
    sizes = sizes_of(item)
    given = told_for(origin, "in_features")
    if operation is None or given is None or len(sizes) != 2:
        return None
    return _found(evidence, given, number(operation, "in_features"), sizes[1:])


def _found(evidence: Evidence, given: Span, have: int, axes: Sequence[int]) -> Product | None:
    for span in (given, *(origin.span for origin in trace(evidence, given) if origin.is_whole)):
        node = expression(span.text)
        if isinstance(node, ast.BinOp):
            parts = factors(node)
            arrived = axes if len(axes) > 1 else _square(parts, axes[0])
            return _held(evidence, span, parts, have, arrived) if len(parts) == len(arrived) > 2 else None
    return None


def _held(
    evidence: Evidence, span: Span, parts: Sequence[ast.expr], have: int, arrived: Sequence[int]
) -> Product | None:
    # What has a name is taken to be what arrived, if all of them then come to the number that is known.
    written = [_number(each) or size for each, size in zip(parts, arrived, strict=True)]
    pairs = tuple((old, new) for old, new in zip(written, arrived, strict=True) if old != new)
    if prod(written) != have or not 0 < len(pairs) < len(written):
        return None
    texts = [
        piece(span, each).text if old == new else str(new)
        for each, old, new in zip(parts, written, arrived, strict=True)
    ]
    # A map half as large, or a smaller one, is what another pool makes, or a padding that is missing; one twice as
    # large lacks a pool.
    is_sure = all(old < new < 2 * old for old, new in pairs) or _is_of_no_layers(evidence, pairs)
    return Product(span, " * ".join(texts), have, prod(arrived), pairs, is_sure)


def _is_of_no_layers(evidence: Evidence, pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether the maps came smaller on both sides, and no layer made otherwise would make them as they are written."""
    is_smaller = len(pairs) == 2 and len(set(pairs)) == 1 and pairs[0][1] < pairs[0][0]
    return is_smaller and not may_be_meant(evidence, *pairs[0])


def _square(parts: Sequence[ast.expr], size: int) -> tuple[int, ...]:
    """The factors of a size as those of a square map with so many channels as are written, where they come out even."""
    numbers = [_number(each) for each in parts]
    if len(numbers) != 3 or not numbers[0] or numbers[1] is None or numbers[1] != numbers[2] or size % numbers[0]:
        return ()
    side = isqrt(size // numbers[0])
    return (numbers[0], side, side) if side * side * numbers[0] == size else ()


def _number(node: ast.expr) -> int | None:
    return node.value if isinstance(node, ast.Constant) and type(node.value) is int else None


def is_written_out(text: str) -> bool:
    """Whether a width is of numbers alone, so that a number in its place goes with nothing else.

    >>> is_written_out("16 * 5 * 5"), is_written_out("width * 5 * 5")
    (True, False)
    """
    node = expression(text)
    return node is not None and all(isinstance(each, ast.Constant) for each in factors(node))


def written_anew(text: str, want: int) -> str:
    """The product as it must be: with the sides of a square map changed, else one factor; the number where none fits.

    >>> written_anew("16 * 5 * 5", 256), written_anew("16 * 5 * 5", 800), written_anew("400", 256)
    ('16 * 4 * 4', '32 * 5 * 5', '256')
    """
    node = expression(text)
    sizes = [whole_number(each) or 0 for each in factors(node)] if node is not None else []
    if len(sizes) < 2 or 0 in sizes or want in sizes:
        # Where one factor alone is what is wanted, the others are too many.
        return str(want)
    return next((" * ".join(map(str, new)) for new in _others(sizes, want)), str(want))


def _others(sizes: list[int], want: int) -> Iterator[list[int]]:
    if len(sizes) > 2 and sizes[-1] == sizes[-2]:
        rest, more = divmod(want, prod(sizes[:-2]))
        if not more and isqrt(rest) ** 2 == rest:
            yield [*sizes[:-2], isqrt(rest), isqrt(rest)]
    for at in (0, len(sizes) - 1):
        rest, more = divmod(want, prod(sizes[:at] + sizes[at + 1 :]))
        if not more:
            yield [*sizes[:at], rest, *sizes[at + 1 :]]
