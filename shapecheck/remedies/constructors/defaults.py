"""An argument that one call leaves to its default, while another call of the same function gives it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.definitions import called_as
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.failing import (
    CELLS,
    INDEX_LOSSES,
    PICKS,
    RECURRENT,
    SAME_SHAPE_LOSSES,
    failed,
    kind,
    tensors,
    value,
)
from shapecheck.reading.mismatches import JOINS
from shapecheck.reading.sources import Source, defaults_of, function_around, last_name, user_sources, walk

_LOSSES = (*INDEX_LOSSES, *SAME_SHAPE_LOSSES)
_OTHER_SIDE = "the size of the other operand may be the one that is wrong"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The size that somebody gave elsewhere, for the call that took the default of another size."""
    operation = failed(evidence)
    if operation is None or kind(operation) in (*RECURRENT, *CELLS, *PICKS):
        # The features of an input are not those of a state, and an index has none.
        return []
    shapes = [item.value.record.shape for item in tensors(operation) if item.value.record]
    if kind(operation) in _LOSSES and len(set(map(len, shapes))) > 1:
        # The last axis of scores holds classes, that of their labels samples.
        return []
    along = value(operation, "dim", "axis") if kind(operation) in JOINS else None
    if along is not None and along.text in ("-1", *(str(len(sizes) - 1) for sizes in shapes)):
        # What is joined along the features may have as many as it likes.
        return []
    widths = {sizes[-1] for sizes in shapes if sizes}
    if len(shapes) < 2 or len(widths) != 2:
        return []
    found: list[Candidate] = []
    for source in user_sources(evidence):
        for have in widths:
            (want,) = widths - {have}
            found += _of_defaults(source, have, want)
    return found


def _of_defaults(source: Source, have: int, want: int) -> Iterator[Candidate]:
    for function in walk(source.tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for name, default in _numbers(function, have):
            calls = _calls(source, function)
            given = [(call, each.value) for call in calls for each in call.keywords if each.arg == name]
            missing = [call for call in calls if not any(each.arg == name for each in call.keywords)]
            for call in missing if given else []:
                text = source.span(given[0][1]).text
                change = with_keyword(source.span(call), name, text)
                # Names of another function mean nothing here.
                if change is not None and _same_scope(call, given[0][0]):
                    yield Candidate(f"{name}={text}", (change,), (), 0.1)
            if missing:
                cost = 0.4 if given else 0.5
                doubt = "" if given else _OTHER_SIDE
                yield Candidate(f"{name}={want}", (Change(source.span(default), str(want)),), (), cost, doubt)


def _numbers(function: ast.FunctionDef, size: int) -> Iterator[tuple[str, ast.expr]]:
    """The parameters whose default is this number."""
    for name, default in defaults_of(function.args):
        if isinstance(default, ast.Constant) and type(default.value) is int and default.value == size:
            yield name, default


def _calls(source: Source, function: ast.FunctionDef) -> list[ast.Call]:
    """The calls of a function, or of its class, those through a function that hands its keywords on included."""
    found: list[ast.Call] = []
    for call in source.calls(called_as(function)):
        spread = next((each for each in call.keywords if each.arg is None), None)
        around = function_around(call)
        passes_on = (
            spread is not None
            and around is not None
            and around.args.kwarg is not None
            and last_name(spread.value) == around.args.kwarg.arg
        )
        found += list(source.calls(around.name)) if passes_on and around is not None else [call]
    return found


def _same_scope(left: ast.AST, right: ast.AST) -> bool:
    homes = [function_around(each) for each in (left, right)]
    return homes[0] is homes[1]
