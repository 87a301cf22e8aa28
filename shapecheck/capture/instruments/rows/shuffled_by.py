"""The call that has a loader shuffle, and the edit against it."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.recording.user_code import Spot, expression_in
from shapecheck.evidence import Span
from shapecheck.findings import Edit
from shapecheck.reading.applied import given_as
from shapecheck.reading.sources import parameters

_PLACE_OF_SHUFFLE = 2


def shuffles(spot: Spot | None) -> tuple[Span | None, tuple[Edit, ...]]:
    """The call that says, by a word or by leaving it out, that a loader shuffles; and the edit against it."""
    name, at = "shuffle", _PLACE_OF_SHUFFLE
    while spot is not None:
        span = spot.span
        call = expression_in(span)
        if not isinstance(call, ast.Call):
            return span, ()
        given = given_as(call, name, at)
        if given is None:
            return span, _with(span, call, f"{name}=False")
        home = function_around(spot)
        names = parameters(home) if isinstance(home, ast.FunctionDef | ast.AsyncFunctionDef) else []
        if not isinstance(given, ast.Name) or given.id not in names or spot.caller is None:
            return span, replaced_text(span.file, given, "False") if isinstance(given, ast.Constant) else ()
        name, at = given.id, names.index(given.id) - (names[:1] == ["self"])
        spot = spot.caller
    return None, ()


def _with(span: Span, call: ast.Call, argument: str) -> tuple[Edit, ...]:
    """The edit that adds an argument, unless a sampler or spread arguments say what is drawn."""
    if any(keyword.arg in (None, "sampler", "batch_sampler") for keyword in call.keywords) or not call.args:
        return ()
    last = [*call.args, *(keyword.value for keyword in call.keywords)][-1]
    return replaced_text(span.file, last, f"{ast.unparse(last)}, {argument}")
