"""The width of a layer: how many items a list has that is written down, and that nobody reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import is_number
from shapecheck.reading.failing import RECURRENT, failed, features_taken, kind, maker
from shapecheck.reading.layers.layer_arguments import READ_LAST, told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, found_at, is_named, walk
from shapecheck.reading.steps.cuts_windows import cuts_windows

CAUSE = "features_do_not_fit"
_COST = 0.2
_FEWEST = 2
_OTHER_AXIS = (
    "the number that the layer was told is the size of another axis, which may be meant to be read as the last one"
)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``Model(len(columns))`` for ``Model(steps)``, where each step has as many numbers as there are columns."""
    operation = failed(evidence, "Linear", *RECURRENT)
    sizes = sizes_of(input_of(evidence, operation))
    if operation is None or not sizes or sizes[-1] == features_taken(operation) or sizes[-1] < _FEWEST:
        return []
    name = READ_LAST[kind(operation)]
    given = told_for(maker(evidence, operation), name)
    # Outside of all functions, where such a list is known as well.
    places = [each for each in spans_of(evidence, given, parts=True) if _is_outside(each)] if given is not None else []
    source, _ = found_at(places[0]) if places else (None, None)
    lists = list(_unread(source, sizes[-1])) if source is not None else []
    if len(lists) != 1 or not places:
        return []
    text, steps = f"len({lists[0]})", (Step("configure", "", (name, sizes[-1])),)
    doubt = _OTHER_AXIS if features_taken(operation) in sizes[:-1] and not cuts_windows(evidence, given) else ""
    return [Candidate(f"{places[0].text} -> {text}", (Change(places[0], text),), steps, _COST, doubt)]


def _is_outside(span: Span) -> bool:
    """Whether a number is handed to a call that stands outside of all functions; a name that it is given by is none."""
    source, node = found_at(span)
    is_handed = isinstance(getattr(node, "parent", None), ast.Call | ast.keyword)
    inside = source is not None and any(
        each.lineno <= span.line <= (each.end_lineno or 0) for each in (*source.functions, *source.classes)
    )
    return is_handed and not inside and not is_number(span.text)


def _unread(source: Source, count: int) -> Iterator[str]:
    """The lists of texts of so many items that are written out at the top of a file, and read by nobody."""
    for line in source.tree.body:
        for target, value in values_given(line):
            items = value.elts if isinstance(value, ast.List | ast.Tuple) else []
            if not isinstance(target, ast.Name) or len(items) != count or not all(map(_is_text, items)):
                continue
            reads = [each for each in walk(source.tree) if is_named(each, target.id)]
            if not any(isinstance(each.ctx, ast.Load) for each in reads):
                yield target.id


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
