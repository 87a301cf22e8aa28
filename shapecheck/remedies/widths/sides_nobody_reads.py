"""A side of a map that is written down in a constructor, which is told that of the pictures and never reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import failed, maker, number, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.reckoning import Reckoner
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sources import found_at, function_around

_COST = 0.02
# What layers that halve a side leave of it.
_PARTS = (2, 4, 8, 16, 32)
_SEVERAL = "another number that is written may be the one that goes by it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``side = picture // 4`` for ``side = 7``, where the width of a Linear is reckoned of it."""
    operation = failed(evidence, "Linear")
    sizes, given = shape(operation, "input"), told_for(maker(evidence, operation), "in_features")
    if operation is None or not sizes or given is None or number(operation, "in_features") == sizes[-1]:
        return []
    found = dict.fromkeys(_sides(evidence, given, number(operation, "in_features"), sizes[-1]))
    doubt, trial = _SEVERAL if len(found) > 1 else "", (Step("configure", "", ("in_features", sizes[-1])),)
    return [
        Candidate(f"{changes[0].span.text} -> {changes[0].text}", changes, trial, _COST, doubt) for changes in found
    ]


def _sides(evidence: Evidence, given: Span, have: int, want: int) -> Iterator[tuple[Change, ...]]:
    """The numbers behind a width with what they must be, as parts of a parameter that nobody reads."""
    source, node = found_at(given)
    if source is None or node is None:
        return
    reckoner = Reckoner(evidence)
    is_known = reckoner.known(source, node) == have
    written: dict[tuple[int, ast.AST | None], list[tuple[Span, ast.expr]]] = {}
    for where, constant, value in reckoner.seen.values() if is_known else ():
        if isinstance(constant, ast.Constant) and type(value) is int and value > 1:
            written.setdefault((value, function_around(constant)), []).append((where.span(constant), constant))
    for places in written.values():
        for name, side in unread_numbers(evidence, places[0][0]):
            for part in (each for each in _PARTS if side // each > 1):
                put = {id(constant): lambda *_, size=side // part: size for _, constant in places}
                if Reckoner(evidence, put).known(source, node) == want:
                    yield tuple(Change(place, _written(constant, f"{name} // {part}")) for place, constant in places)


def _written(constant: ast.expr, text: str) -> str:
    """The text, in brackets where it is reckoned with."""
    return f"({text})" if isinstance(getattr(constant, "parent", None), ast.BinOp) else text
