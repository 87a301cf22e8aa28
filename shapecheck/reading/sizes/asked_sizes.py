"""Sizes that were asked of a tensor, ``x.size(0)``, along another axis than the one that they must go with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import Shape, failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of, spreads, written
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import items_of

ASKED = re.compile(r"(\w+)(?:\.size\((-?\d+)\)|\.shape\[(-?\d+)\])|len\((\w+)\)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A length that was asked of another axis than the one that it must go with.

    Args:
        item: The operand that was cut to it.
        span: ``x.size(0)``.
        text: ``x.size(1)``.
        shape: The operand's shape with that length.
    """

    item: Argument
    span: Span
    text: str
    shape: Shape


def asked_of_other_axis(evidence: Evidence) -> Iterator[Asked]:
    """``table[:x.size(0)]`` where the axis that the table runs along is another one of x."""
    for item, other in both_ways(failed(evidence, *ELEMENTWISE)):
        yield from _asked(evidence, item, sizes_of(item), sizes_of(other))


def _asked(evidence: Evidence, item: Argument, sizes: Shape, wanted: Shape) -> Iterator[Asked]:
    for origin in written(evidence, item):
        node = expression(origin.span.text)
        parts = items_of(node.slice) if isinstance(node, ast.Subscript) else []
        for axis, part in enumerate(parts):
            upper = part.upper if isinstance(part, ast.Slice) else None
            meets = len(wanted) - len(sizes) + axis
            if (
                upper is None
                or axis >= len(sizes)
                or meets < 0
                or not all(isinstance(each, ast.Slice) for each in parts)
            ):
                continue
            grown = (*sizes[:axis], wanted[meets], *sizes[axis + 1 :])
            if wanted[meets] == sizes[axis] or not spreads(grown, wanted):
                continue
            span = piece(origin.span, upper)
            for found in spans_of(evidence, span):
                asked = ASKED.fullmatch(found.text)
                name = (asked.group(1) or asked.group(4)) if asked is not None else ""
                shape = sizes_of(evidence.held.get(name))
                if asked is None or shape != wanted or int(asked.group(2) or asked.group(3) or 0) % len(shape) == meets:
                    continue
                yield Asked(
                    item, found, f"{name}.shape[{meets}]" if ".shape" in found.text else f"{name}.size({meets})", grown
                )
