"""The width of what was joined of tensors that are laid flat: ``n + n * past + ahead * known``, by its parts."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, maker
from shapecheck.reading.joined.joins import joins, place_of_input
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sizes.part_widths import axes_merged, width_of_part
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sources import Source, found_at, function_around, names_in, parameters, walk

CAUSE = "joined_width_not_counted"
_COST = 0.02
_MOST = 6
_ONE_PART = "a name that the old width is made of has no part in the new one"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The sum of the products of the names of their axes, where a sum of other products was told."""
    operation = failed(evidence, "Linear")
    item, place = input_of(evidence, operation), place_of_input(evidence, operation) if operation is not None else None
    given = told_for(maker(evidence, operation), "in_features")
    if operation is None or not sizes_of(item) or place is None or given is None:
        return []
    size = sizes_of(item)[-1]
    for join in joins(evidence, place):
        axes = [axes_merged(evidence, part) or _one(width_of_part(evidence, part, join.axis)) for part in join.parts]
        if 2 <= len(axes) <= _MOST and all(axes) and any(len(each) > 1 for each in axes):
            step = Step("configure", "", ("in_features", size))
            return list(_written(evidence, given, axes, step))
    return []


def _one(width: int | None) -> tuple[int, ...]:
    return (width,) if width is not None else ()


def _written(evidence: Evidence, given: Span, axes: list[tuple[int, ...]], step: Step) -> Iterator[Candidate]:
    for span in spans_of(evidence, given, parts=True):
        source, node = found_at(span)
        home = function_around(node)
        if source is None or home is None or not isinstance(node, ast.BinOp):
            continue
        names = _sizes_named(evidence, source, home)
        for name, size in unread_numbers(evidence, span):
            names.setdefault(size, []).append(name)
        known = {size for part in axes for size in part}
        if not known <= names.keys() or any(len(names[size]) != 1 for size in known):
            return
        text = " + ".join(" * ".join(names[size][0] for size in part) for part in axes)
        is_all = names_in(node) <= names_in(expression(text))
        yield Candidate(text, (Change(span, text),), (step,), _COST, "" if is_all else _ONE_PART)
        return


def _sizes_named(evidence: Evidence, source: Source, home: ast.FunctionDef) -> dict[int, list[str]]:
    """The parameters of a function that it reads, by the numbers that they are."""
    found: dict[int, list[str]] = {}
    for name in parameters(home):
        size = next((worked_out(evidence, source.span(each)) for each in _reads(home, name)), None)
        if type(size) is int:
            found.setdefault(size, []).append(name)
    return found


def _reads(home: ast.FunctionDef, name: str) -> Iterator[ast.Name]:
    for each in walk(home):
        if isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load):
            yield each
