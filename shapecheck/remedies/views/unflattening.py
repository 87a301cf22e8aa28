"""Unflatten and unflatten: sizes that do not multiply to the axis that is taken apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import isqrt, prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, expression, piece
from shapecheck.reading.failing import failed, maker
from shapecheck.reading.sizes.said_sizes import apart

ONE_OF_SEVERAL = "another of the sizes may be the one that is wrong"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Other sizes for the axis to be taken apart into."""
    found, operation = apart(evidence), failed(evidence, "Unflatten", "unflatten")
    if found is None or operation is None:
        return []
    sizes, total = found
    origin = maker(evidence, operation)
    calls = [each for each in (origin.span if origin is not None else None, operation.span) if each is not None]
    given = next(
        (
            part
            for call in calls
            for name, at in (("unflattened_size", 1), ("sizes", 1), ("sizes", 2))
            if (part := argument(call, name, at)) is not None
            and isinstance(expression(part.text), ast.Tuple | ast.List)
        ),
        None,
    )
    return list(_other_sizes(given, sizes, total)) if given is not None else []


def _other_sizes(given: Span, sizes: tuple[int, ...], total: int) -> Iterator[Candidate]:
    node = expression(given.text)
    if not isinstance(node, ast.Tuple | ast.List) or len(node.elts) != len(sizes) or -1 in sizes:
        return
    parts = [piece(given, each) for each in node.elts]
    places = sizes[1:]
    if len(places) > 1 and len(set(places)) == 1 and total % sizes[0] == 0:
        # The channels are known, and the map was square.
        side = isqrt(total // sizes[0])
        if side ** len(places) == total // sizes[0]:
            changes = tuple(Change(part, str(side)) for part in parts[1:])
            yield Candidate(f"({parts[0].text}, {', '.join([str(side)] * len(places))})", changes, (), 0.1)
            return
    for at, part in enumerate(parts):
        rest = prod(size for place, size in enumerate(sizes) if place != at)
        if rest > 0 and total % rest == 0:
            plain = re.fullmatch(r"\d+", part.text) is not None
            text = str(total // rest)
            yield Candidate(
                f"{part.text} -> {text}", (Change(part, text),), (), 0.3 + 0.3 * (not plain), ONE_OF_SEVERAL
            )
