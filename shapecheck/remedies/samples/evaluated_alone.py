"""A model that normalises over the batch and is asked for one sample, without being told that training is over."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import call_of, piece, place_before
from shapecheck.reading.evaluated import learns_nothing
from shapecheck.reading.failing import says
from shapecheck.reading.sources import Source, learns, node_at, parents, rounds_around, source_of, statement_of

CAUSE = "one_value_to_normalise"
_COST = 0.04
_TRAINED_ON = "training goes on behind it, for which the model has to be told so again"
_BLOCKS = ast.For | ast.While | ast.With


def candidates(evidence: Evidence) -> list[Candidate]:
    """``model.eval()`` on a line of its own, in front of the block that records no gradient, or of the call."""
    if not says(evidence, r"Expected more than 1 \w+ (?:\w+ )*when training"):
        return []
    for frame in evidence.user_frames:
        call = call_of(frame.span)
        name = piece(frame.span, call.func).text if call is not None else ""
        held = frame.names.get(name)
        if held is None or held.kind != "module" or not name.replace(".", "").isidentifier():
            continue
        source, here = source_of(frame.span.file), _outermost(statement_of(node_at(frame.span)))
        if source is None or here is None or not learns_nothing(evidence):
            return []
        place = place_before(source.span(here))
        doubt = _TRAINED_ON if _trains_behind(source, here, name) else ""
        line = f"{name}.eval()\n{' ' * place.column}"
        return [Candidate(f"{name}.eval()", (Change(place, line),), (), _COST, doubt)]
    return []


def _outermost(statement: ast.stmt | None) -> ast.stmt | None:
    """The block around a statement that records no gradient or goes through samples, or the statement itself."""
    for up in parents(statement):
        if isinstance(up, ast.FunctionDef) or (isinstance(up, _BLOCKS) and learns(up)):
            return statement
        if isinstance(up, _BLOCKS):
            statement = up
    return statement


def _trains_behind(source: Source, here: ast.stmt, name: str) -> bool:
    """Whether a loop around the place trains, or something below it does, before anything is told the model."""
    around = any(rounds_around(here))
    below = [each for each in source.tree.body if each.lineno > here.lineno and not isinstance(each, ast.FunctionDef)]
    return around or any(learns(each) for each in below) or f"{name}.train()" in "\n".join(source.lines)
