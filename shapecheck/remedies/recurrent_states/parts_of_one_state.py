"""The one state of a GRU taken apart as the pair of an LSTM, ``out, (h, c) = gru(x)``: two of its layers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.origins import kind_of
from shapecheck.reading.recurrent.recurrent_calls import speaks_of
from shapecheck.reading.sources import Source, last_name, unused_names, user_sources, walk

CAUSE = "two_states_for_gru"
_ONE_STATE = ("GRU", "RNN")
_COST = 0.05
_OTHER_KIND = "the layer is called after one that keeps two states, and may have been meant to be one"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``out, h = gru(x)``, where nobody reads what was taken for the other state."""
    return [each for source in user_sources(evidence) for each in _taken_apart(evidence, source)]


def _taken_apart(evidence: Evidence, source: Source) -> Iterator[Candidate]:
    for node in walk(source.tree):
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        if not isinstance(target, ast.Tuple) or len(target.elts) != 2 or not isinstance(node, ast.Assign):
            continue
        pair, call = target.elts[1], node.value
        names = [each.id for each in pair.elts if isinstance(each, ast.Name)] if isinstance(pair, ast.Tuple) else []
        if len(names) != 2 or names[1] not in unused_names(source.span(call)) or not isinstance(call, ast.Call):
            continue
        if kind_of(evidence, source.span(call.func)) in _ONE_STATE:
            text = f"{ast.unparse(target.elts[0])}, {names[0]}"
            doubt = _OTHER_KIND if speaks_of("LSTM", last_name(call.func)) else ""
            yield Candidate(text, (Change(source.span(pair), names[0]),), (), _COST, doubt)
