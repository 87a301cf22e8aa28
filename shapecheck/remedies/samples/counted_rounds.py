"""A round for a rest that there is not: ``len(x) // size + 1`` batches, where the last of them is empty."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed, expression, piece, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at, is_named, last_name, names_in, parents, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``(len(x) + size - 1) // size`` rounds, where an operand without samples is a slice of the last one."""
    operation = failed(evidence)
    empty = [each for each in tensors(operation) if sizes_of(each)[:1] == (0,)] if operation is not None else []
    found: dict[Span, Candidate] = {}
    for item in empty:
        for span in spans_behind(evidence, item.span):
            for place in _counts(evidence, span):
                count, size = _parts(place) or (None, None)
                if count is not None and size is not None and _divides(evidence, count, size):
                    text = f"({count.text} + {size.text} - 1) // {bracketed(size.text)}"
                    found[place] = Candidate(f"{place.text} -> {text}", (Change(place, text),), (), _COST)
    return list(found.values())


def _counts(evidence: Evidence, span: Span) -> Iterator[Span]:
    """How many rounds the loop around a slice has, where the slice is told by what the loop counts."""
    source, node = found_at(span)
    for part in walk(node):
        lower = _lower(part)
        if lower is None:
            continue
        for loop in parents(part):
            if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call):
                continue
            counter = loop.target.id if isinstance(loop.target, ast.Name) else ""
            is_counted = last_name(loop.iter.func) in ("range", "trange") and len(loop.iter.args) == 1
            if source is not None and is_counted and counter in names_in(lower):
                given = source.span(loop.iter.args[0])
                yield given
                yield from (origin.span for origin in evidence.chains.get(given, ()) if origin.is_whole)


def _lower(node: ast.AST) -> ast.expr | None:
    """Where a slice begins, in brackets or made by its name."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return node.slice.lower
    is_made = isinstance(node, ast.Call) and is_named(node.func, "slice")
    return node.args[0] if is_made and isinstance(node, ast.Call) and len(node.args) > 1 else None


def _divides(evidence: Evidence, count: Span, size: Span) -> bool:
    """Whether no rest is left, as far as the numbers are known: else it is no round too many that is empty."""
    numbers = [_number(evidence, each) for each in (count, size)]
    return None in numbers or not numbers[1] or numbers[0] % numbers[1] == 0  # type: ignore[operator]


def _number(evidence: Evidence, span: Span) -> int | None:
    asked = re.fullmatch(r"len\((\w+)\)|(\w+)\.(?:shape\[0\]|size\(0\))", span.text)
    name = (asked.group(1) or asked.group(2)) if asked is not None else span.text
    held = evidence.held.get(name)
    if held is not None and asked is not None:
        return held.record.shape[0] if held.record is not None and held.record.shape else None
    text = held.text if held is not None else span.text
    return int(text) if text.isdecimal() else None


def _parts(place: Span) -> tuple[Span, Span] | None:
    """What is divided and by what, in ``a // b + 1`` and ``int(a / b) + 1``."""
    node = expression(place.text)
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add) or whole_number(node.right) != 1:
        return None
    whole, is_cast = node.left, False
    if isinstance(whole, ast.Call) and last_name(whole.func) == "int" and len(whole.args) == 1:
        whole, is_cast = whole.args[0], True
    if not isinstance(whole, ast.BinOp) or not isinstance(whole.op, ast.Div if is_cast else ast.FloorDiv):
        return None
    return piece(place, whole.left), piece(place, whole.right)
