"""A row that a layer gives as a square, ``Linear(h, k ** 2)``, viewed by another size: by that of its sides."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.calls import all_given, calls_in
from shapecheck.reading.edits import argument, expression, factors, piece, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.sizes_told import asked_sizes
from shapecheck.reading.sources import class_around, known_at, last_name, names_in, node_at, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.02
_SQUARES = ("view", "reshape", "rearrange", "unflatten", "eye")
_WIDTH = "the layer may be made for another square than was meant, and the view be written rightly"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``bias.view(k, -1)`` for ``bias.view(width, -1)``."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input") if operation is not None else None
    if operation is None or item is None or item.span is None or len(sizes_of(item)) not in (1, 2):
        return []
    asked = [each.span for each in asked_sizes(operation)]
    # The rows of a batch have their own size in front.
    sides = [each for each in (asked if len(sizes_of(item)) == 1 else asked[1:]) if each is not None]
    if len(sides) != 2 or None in asked:
        return []
    written = next((text for span in spans_behind(evidence, item.span) for text in _side(span)), "")
    told = _readable(sides[0], written) if written else ""
    wrong = [each for each in sides if each.text != told and whole_number(expression(each.text)) != -1]
    if not told or not wrong or any(_is_of_square(each) for each in wrong):
        return []
    changes = tuple(Change(each, told) for each in wrong)
    doubt = "" if _is_told(wrong[0], told) else _WIDTH
    return [Candidate(f"{wrong[0].text} -> {told}", changes, (), _COST, doubt)]


def _side(span: Span) -> Iterator[str]:
    """The side of the square that a layer gives: ``k`` of ``Linear(h, k * k)`` and ``Linear(h, k ** 2)``."""
    node = expression(span.text)
    calls = calls_in(node)
    given = [told for each in calls if (told := argument(piece(span, each), "out_features", 1)) is not None]
    last = expression(given[-1].text) if given else None
    if isinstance(last, ast.BinOp) and isinstance(last.op, ast.Pow) and whole_number(last.right) == 2:
        yield ast.unparse(last.left)
    parts = {ast.unparse(each) for each in factors(last)} if isinstance(last, ast.BinOp) else set[str]()
    if isinstance(last, ast.BinOp) and len(parts) == 1 and len(factors(last)) == 2:
        yield parts.pop()


def _is_of_square(span: Span) -> bool:
    """Whether a size is not one name, so that more was thought of with it."""
    return not isinstance(expression(span.text), ast.Name | ast.Attribute | ast.Constant)


def _readable(place: Span, text: str) -> str:
    """How a side is said at a place: as it is written, or by what the object keeps of it; else nothing."""
    node, there = expression(text), node_at(place)
    if node is None or there is None:
        return ""
    if names_in(node) <= known_at(there):
        return text if "self" not in names_in(node) or class_around(there) is not None else ""
    kept = _kept(place, text)
    return kept.pop() if len(kept) == 1 and "self" in known_at(there) else ""


def _kept(place: Span, text: str) -> set[str]:
    """The attributes that the object around a place keeps a value under."""
    around = class_around(node_at(place))
    return {
        ast.unparse(target)
        for each in (walk(around))
        for target, value in values_given(each)
        if ast.unparse(value) == text and isinstance(target, ast.Attribute)
    }


def _is_told(place: Span, told: str) -> bool:
    """Whether the same class makes squares of that side elsewhere, or keeps the side and reads it nowhere else."""
    around = class_around(node_at(place))
    nodes = list(walk(around)) if around is not None else []
    reads = {ast.unparse(each) for each in nodes if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load)}
    if told.startswith("self.") and told not in reads:
        return True
    spelt = {told, *_kept(place, told)}
    return any(
        not spelt.isdisjoint(map(ast.unparse, all_given(each)))
        for each in nodes
        if isinstance(each, ast.Call) and last_name(each.func) in _SQUARES
    )
