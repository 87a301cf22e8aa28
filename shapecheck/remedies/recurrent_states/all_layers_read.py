"""A state with all its layers where something beside the recurrent layer reads it, such as attention: the last one."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.deep_states import deep_states
from shapecheck.reading.sources import node_at, source_of
from shapecheck.reading.whole_states import ONE_DIRECTION

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``hidden[-1]`` where there is no place for an axis of the layers, else ``hidden[-1:]``."""
    found = []
    for state in deep_states(evidence):
        text = f"{state.place.text}{'[-1]' if state.has_axis_more else '[-1:]'}"
        place = _squeezed(state.place) if state.has_axis_more else state.place
        doubt = ONE_DIRECTION if state.has_both_directions else ""
        found.append(Candidate(text, (Change(place, text),), (), _COST, doubt))
    return found


def _squeezed(place: Span) -> Span:
    """Also the ``.squeeze(0)`` behind a state, which took the axis of one layer."""
    source, node = source_of(place.file), node_at(place)
    method = getattr(node, "parent", None)
    call = getattr(method, "parent", None)
    if source is None or not isinstance(method, ast.Attribute) or not isinstance(call, ast.Call):
        return place
    return (
        source.span(call) if method.attr == "squeeze" and [ast.unparse(each) for each in call.args] == ["0"] else place
    )
