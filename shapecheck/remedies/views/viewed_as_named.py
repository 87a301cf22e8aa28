"""Scores that are viewed by the number of their classes, in a model that was told another number twice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.edits import expression, whole_number
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.layers.layers_told import layers_told
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.sources import class_around, function_at, known_at, names_in, parameters, user_sources

CAUSE = "other_number_of_outputs"
_COST = 0.05
_WIDTH = "the model may give as many as it was told, and be viewed by another number than was meant"
_COUNTS = {"len", "num", "size", "dim", "self", "out", "shape"}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``Tagger(len(words), len(tags))`` for ``Tagger(len(words), len(words))`` behind ``view(-1, len(tags))``."""
    operation = failed(evidence, "view", "reshape")
    sizes = sizes_of(operand(operation, "self", "input")) if operation is not None else ()
    asked = asked_sizes(operation) if operation is not None else []
    last = asked[-1].span if asked else None
    if last is None or len(sizes) < 2 or whole_number(expression(last.text)) is not None:
        return []
    # Rows of that many are no scores of these classes.
    is_flat = [number_of(each) for each in asked[:-1]] == [-1] and number_of(asked[-1]) not in (-1, *sizes)
    return list(_told_twice(evidence, last, sizes[-1])) if is_flat else []


def _told_twice(evidence: Evidence, asked: Span, have: int) -> Iterator[Candidate]:
    """What the class of the last layer was told for its outputs, where that stands in the same call a second time."""
    layers = [each for source in user_sources(evidence) for each in layers_told(evidence, source)]
    layer = next((each for each in reversed(layers) if each.given is not None and each.gives in (None, have)), None)
    given = layer.given if layer is not None else None
    home = function_at(given) if given is not None else None
    owner = class_around(home)
    if given is None or home is None or owner is None:
        return
    names = [each for each in parameters(home) if each != "self"]
    calls = [(source, call) for source in user_sources(evidence) for call in source.calls(owner.name)]
    if given.text not in names or len(calls) != 1:
        return
    source, call = calls[0]
    part = given_as(call, given.text, names.index(given.text))
    others = [each for each in (*call.args, *(each.value for each in call.keywords)) if each is not part]
    is_twice = part is not None and ast.unparse(part) in map(ast.unparse, others)
    if part is not None and is_twice and names_in(expression(asked.text)) <= known_at(call):
        span = source.span(part)
        doubt = "" if _words(given.text) & _words(asked.text) else _WIDTH
        yield Candidate(f"{given.text}={asked.text}", (Change(span, asked.text),), (), _COST, doubt)


def _words(text: str) -> set[str]:
    """What names are made of, without what only says that something is counted."""
    return {each.rstrip("s") for each in re.findall(r"[a-z]{3,}", text.lower())} - _COUNTS
