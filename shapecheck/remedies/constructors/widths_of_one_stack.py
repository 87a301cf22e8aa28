"""Layers of a list that are each made as wide as the loop says, while what they give is stacked: all of one width."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import given_as
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import factors
from shapecheck.reading.failing import failed, says
from shapecheck.reading.layers.layer_arguments import POSITIONS
from shapecheck.reading.sources import Source, class_around, last_name, names_in, user_sources, walk

_COST = 0.05
_WIDTHS = {"Embedding": "embedding_dim", "Linear": "out_features"}
_READERS = ("Linear", "GRU", "LSTM", "RNN")
_SIDE_BY_SIDE = "the layers may be meant to have widths of their own, and to be joined side by side"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Embedding(n, k) for n in sizes`` for ``nn.Embedding(n, min(k, n)) for n in sizes``."""
    told = says(evidence, r"stack expects each tensor to be equal size, but got \[.*?(\d+)\] at entry 0")
    if told is None or failed(evidence, "stack") is None:
        return []
    found = [each for source in user_sources(evidence) for each in _of_one_width(evidence, source, int(told[1]))]
    return found if len(found) == 1 else []


def _of_one_width(evidence: Evidence, source: Source, width: int) -> Iterator[Candidate]:
    for loop in (each for each in walk(source.tree) if isinstance(each, ast.ListComp | ast.GeneratorExp)):
        call = loop.elt
        name = _WIDTHS.get(last_name(call.func)) if isinstance(call, ast.Call) else None
        if name is None or not isinstance(call, ast.Call):
            continue
        given = given_as(call, name, POSITIONS[name])
        items = names_in(*(each.target for each in loop.generators))
        # One number for all, held against that of the round: the smaller of the two.
        parts = given.args if isinstance(given, ast.Call) and last_name(given.func) in ("min", "max") else []
        rest = [each for each in parts if not names_in(each) & items]
        if given is None or len(parts) != 2 or len(rest) != 1:
            continue
        span = source.span(given)
        whole = source.span(rest[0])
        if worked_out(evidence, whole) == width:
            doubt = "" if _is_read_so(call, whole.text) else _SIDE_BY_SIDE
            yield Candidate(f"{span.text} -> {whole.text}", (Change(span, whole.text),), (), _COST, doubt)


def _is_read_so(made: ast.Call, width: str) -> bool:
    """Whether another layer of the class takes a multiple of the width, or just that."""
    owner = class_around(made)
    for call in walk(owner) if owner is not None else ():
        is_other = isinstance(call, ast.Call) and call is not made and last_name(call.func) in _READERS
        if is_other and isinstance(call, ast.Call) and width in map(ast.unparse, _factors(call)):
            return True
    return False


def _factors(call: ast.Call) -> list[ast.expr]:
    return factors(call.args[0]) if call.args else []
