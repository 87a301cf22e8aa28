"""A parameter that nobody reads, and that is just the width that came: ``nn.LSTM(hidden, hidden)`` for ``features``.

Also where a number was written for it, which was handed on to the layer: ``Block(1 if first else width)``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import expression, is_number, piece
from shapecheck.reading.failing import RECURRENT, failed, kind, maker, number, shape
from shapecheck.reading.layers.idle_layers import idle_layers
from shapecheck.reading.layers.layer_arguments import KEPT, TAKEN, told_for
from shapecheck.reading.mismatches import without_axis
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.unread_numbers import unread_numbers
from shapecheck.reading.sources import class_around, node_at

CAUSE = "another_name_meant"
_COST = 0.015
_SEVERAL = "several parameters that nobody reads are as large"
_TURNED = "another axis of what came is as long as the layer reads: the axes may have to be exchanged"
_STEPS = "the steps, or the samples, are as many: they may have been taken for the features"
_IDLE = "a layer that nobody calls may belong in front"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The unread parameter in place of what a layer was told to take."""
    widths = {**TAKEN, **KEPT}
    operation = failed(evidence, *widths)
    sizes, origin = shape(operation, "input"), maker(evidence, operation)
    if operation is None or sizes is None or origin is None:
        return []
    width = widths[kind(operation)]
    told = told_for(origin, width.name)
    if told is None or is_number(told.text) or len(sizes) <= abs(width.axis):
        return []
    have, came = number(operation, width.name), sizes[width.axis]
    if have == came:
        return []
    trial = (Step("configure", "", (width.name, came)),)
    places = dict.fromkeys([told, *(each for each in _numbers(evidence, told, width.name) if int(each.text) == have)])
    found = []
    for place in places:
        unread = [name for name, size in unread_numbers(evidence, place) if size == came]
        doubt = _SEVERAL if len(unread) > 1 else _other_meaning(evidence, operation, (have, sizes), width.axis)
        found += [Candidate(f"{place.text} -> {name}", (Change(place, name),), trial, _COST, doubt) for name in unread]
    return found


def _numbers(evidence: Evidence, told: Span, name: str) -> Iterator[Span]:
    """The numbers that a width may come from: written where it was handed on, or in a branch of a condition there."""
    following, seen = [told, *evidence.told.get(name, ())], set[Span]()
    while following:
        span = following.pop(0)
        if span in seen:
            continue
        seen.add(span)
        node = expression(span.text)
        if is_number(span.text):
            yield span
        elif isinstance(node, ast.IfExp):
            following += [piece(span, node.body), piece(span, node.orelse)]
        elif isinstance(node, ast.Name | ast.Attribute):
            following += [each.span for each in trace(evidence, span, parts=True)]


def _other_meaning(
    evidence: Evidence, operation: Operation, told_and_came: tuple[int, tuple[int, ...]], axis: int
) -> str:
    """What speaks for the layer as it is made, and against what it was given; empty where nothing does."""
    have, sizes = told_and_came
    if have in without_axis(sizes, axis):
        return _TURNED
    # Of what a layer has returned the steps were known; a size of them is no width.
    returned = (each.call for each in evidence.trace or () if each.call.type in RECURRENT and each.call.outputs)
    if any(sizes[axis] in call.outputs[0].shape[:-1] and sizes[axis] != call.outputs[0].shape[-1] for call in returned):
        return _STEPS
    owner = class_around(node_at(operation.span))
    return _IDLE if owner is not None and next(idle_layers(owner), None) is not None else ""
