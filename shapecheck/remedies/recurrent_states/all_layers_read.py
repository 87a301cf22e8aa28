"""A state with all its layers where something beside the recurrent layer reads it, such as attention: the last one."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.recurrent.deep_states import DeepState, deep_states, is_first_squeezed
from shapecheck.reading.recurrent.whole_states import ONE_DIRECTION
from shapecheck.reading.sources import class_around, found_at, last_name, node_at, source_of, walk

CAUSE = "all_layers_of_state_used"
_COST = 0.03
_TOGETHER = "a layer takes as much as all layers of the state have side by side, with what they are joined with"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``hidden[-1]`` where there is no place for an axis of the layers, else ``hidden[-1:]``."""
    found = []
    for state in deep_states(evidence):
        text = f"{state.place.text}{'[-1]' if state.has_axis_more else '[-1:]'}"
        place = _squeezed(state.place) if state.has_axis_more else state.place
        doubt = ONE_DIRECTION if state.has_both_directions else _TOGETHER if _is_read_flat(evidence, state) else ""
        found.append(Candidate(text, (Change(place, text),), (), _COST, doubt))
    return found


def _is_read_flat(evidence: Evidence, state: DeepState) -> bool:
    """Whether a Linear of the class is told the width of all layers together: ``cat([flat(state), rest], -1)``."""
    operation = failed(evidence, *JOINS)
    source, owner = source_of(state.place.file), class_around(node_at(state.place))
    if operation is None or source is None or owner is None:
        return False
    widths = [sizes_of(each)[-1] for each in tensors(operation) if sizes_of(each)]
    own = {sizes_of(each)[-1] for each in tensors(operation) if sizes_of(each)[:1] == (state.layers,)}
    told = [
        told_for(source.span(each), "in_features")
        for each in walk(owner)
        if isinstance(each, ast.Call) and last_name(each.func) == "Linear"
    ]
    found = {worked_out(evidence, each) for each in told if each is not None}
    return any(sum(widths) + (state.layers - 1) * each in found for each in own)


def _squeezed(place: Span) -> Span:
    """Also the ``.squeeze(0)`` behind a state, which took the axis of one layer."""
    source, node = found_at(place)
    method = getattr(node, "parent", None)
    call = getattr(method, "parent", None)
    if source is None or not isinstance(method, ast.Attribute) or not isinstance(call, ast.Call):
        return place
    return source.span(call) if is_first_squeezed(call) else place
