"""A part of a join that is filled with one number, and is made as wide as another part than the reader was told."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import CELLS, RECURRENT, failed, kind, maker, number, shape
from shapecheck.reading.joined.joins import joins, place_of_input
from shapecheck.reading.layers.layer_arguments import TAKEN, told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.part_widths import width_of_part
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import class_around, node_at, walk

_COST = 0.0
_EITHER = "the layer may have been told the width of another part"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.zeros(n, t, self.word)`` where ``nn.LSTM(hidden + word, ...)`` reads what it is joined to."""
    operation = failed(evidence, "Linear", *RECURRENT, *CELLS)
    return list(_made_wider(evidence, operation)) if operation is not None else []


def _made_wider(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    name = TAKEN[kind(operation)].name
    sizes, origin, place = shape(operation, "input"), maker(evidence, operation), place_of_input(evidence, operation)
    given = told_for(origin, name)
    if not sizes or given is None or place is None:
        return
    want = number(operation, name)
    for join in joins(evidence, place):
        made = [(part, told) for part in join.parts if (told := _written(evidence, part)) is not None]
        widths = [width_of_part(evidence, part, join.axis) for part in join.parts if part not in dict(made)]
        if len(made) != 1 or None in widths or join.axis not in (-1, len(sizes) - 1):
            continue
        written, missing = made[0][1], want - sum(each or 0 for each in widths)
        for term in _terms(given) if missing > 0 else ():
            text = _kept_as(operation, term)
            if worked_out(evidence, term) == missing and text and text != written.text:
                doubt = "" if _is_unread(written, text) else _EITHER
                yield Candidate(f"{written.text} -> {text}", (Change(written, text),), (), _COST, doubt)
                return


def _written(evidence: Evidence, part: Span) -> Span | None:
    """The width by which a part is made, there or where it got its name; None where it is no name."""
    for span in (part, *(each.span for each in trace(evidence, part)[:1])):
        sizes = written_sizes(span, evidence)
        if sizes and not sizes[-1].text.isdecimal():
            return sizes[-1]
    return None


def _terms(span: Span) -> Iterator[Span]:
    """The names that a width is the sum of; none where it is no sum."""
    node = expression(span.text)
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        if isinstance(node.right, ast.Name):
            yield piece(span, node.right)
        node = node.left
        if isinstance(node, ast.Name):
            yield piece(span, node)


def _kept_as(operation: Operation, term: Span) -> str:
    """How the model keeps a parameter of its constructor: ``self.word`` of ``word``."""
    owner = class_around(node_at(operation.span))
    if owner is None or owner is not class_around(node_at(term)):
        return ""
    for each in walk(owner):
        for target, value in values_given(each):
            if ast.unparse(value) == term.text and ast.unparse(target).startswith("self."):
                return ast.unparse(target)
    return ""


def _is_unread(place: Span, text: str) -> bool:
    """Whether nothing in the class reads what was kept: it was kept for this."""
    owner = class_around(node_at(place))
    reads = [each for each in walk(owner) if isinstance(each, ast.Attribute)] if owner is not None else []
    return not any(ast.unparse(each) == text and isinstance(each.ctx, ast.Load) for each in reads)
