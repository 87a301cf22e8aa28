"""A tensor of zeros made without one of the sizes that the view behind it takes apart: directions beside layers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import class_around, function_around, node_at
from shapecheck.reading.where_made import made_or_written

# What is filled with one number, so that its sizes are all that it says.
_FILLED = re.compile(r"\b(new_)?(zeros|ones|full|empty)\(")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The size that is missing, multiplied into the one that the view names before it."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input")
    if operation is None or item is None or item.value.record is None:
        return []
    asked = asked_sizes(operation)
    sizes = [number_of(each) for each in asked]
    total, have = prod(each or 0 for each in sizes), prod(item.value.record.shape)
    if any(each is None or each < 1 for each in sizes) or have < 1 or total % have or total == have:
        return []
    changes = list(_completed(evidence, operation, item, asked))
    return [Candidate(changes[0].text, tuple(changes), (), 0.05)] if changes else []


def _completed(evidence: Evidence, operation: Operation, item: Argument, asked: list[Argument]) -> Iterator[Change]:
    assert item.value.record is not None
    shape = item.value.record.shape
    spans = [each.span for each in (*made_or_written(evidence, item), *evidence.origins.get(item.expression, ()))]
    for span in dict.fromkeys(part for whole in spans for part in _parts(whole)):
        written = written_sizes(span, evidence) if _FILLED.search(span.text) else None
        if written is None or len(written) != len(shape):
            continue
        missing = _missing(evidence, written, shape, asked)
        if missing is None:
            continue
        at, factors = missing
        parts = [_told(each, written[at], operation) for each in factors]
        own = bracketed(written[at].text)
        before = asked.index(factors[0]) > 0
        text = " * ".join([own, *parts] if before else [*parts, own])
        if isinstance(expression(written[at].text), ast.Constant) and all(part.isdecimal() for part in parts):
            text = str(prod(map(int, [written[at].text, *parts])))
        yield Change(written[at], text)


def _parts(span: Span) -> list[Span]:
    """The parts of a pair of states, each of which has to be made anew; anything else as it is."""
    node = expression(span.text)
    return [piece(span, part) for part in node.elts] if isinstance(node, ast.Tuple) else [span]


def _missing(
    evidence: Evidence, written: list[Span], shape: tuple[int, ...], asked: list[Argument]
) -> tuple[int, list[Argument]] | None:
    """The place among the sizes that were written, and the sizes of the view that it lacks, if that is one group."""
    for same in (_same_text, _same_number):
        at, place = 0, 0
        lacking: list[Argument] = []
        for each in asked:
            if at < len(written) and same(evidence, written[at], shape[at], each):
                at += 1
            else:
                place = at - 1 if not lacking else place
                lacking.append(each)
        places = [asked.index(each) for each in lacking]
        if at == len(written) and lacking and places[-1] - places[0] == len(places) - 1:
            return max(place, 0), lacking
    return None


def _same_text(evidence: Evidence, written: Span, size: int, asked: Argument) -> bool:
    """Whether the view asks for a size by the text that was written, or by a number that it comes to."""
    if asked.span is not None and asked.span.text == written.text:
        return True
    is_number = asked.span is None or asked.span.text.isdecimal() or written.text.isdecimal()
    return number_of(asked) == size and (is_number or worked_out(evidence, written) is not None)


def _same_number(evidence: Evidence, written: Span, size: int, asked: Argument) -> bool:
    return number_of(asked) == size


def _told(asked: Argument, place: Span, operation: Operation) -> str:
    """How a size of the view is written at another place: by its name where that means the same there."""
    size = str(number_of(asked))
    if asked.span is None or operation.span is None or not asked.span.text.replace(".", "").isidentifier():
        return size
    here, there = node_at(operation.span), node_at(place)
    if asked.span.text.startswith("self."):
        same = class_around(here) is class_around(there) is not None
    else:
        same = function_around(here) is function_around(there)
    return asked.span.text if same else size
