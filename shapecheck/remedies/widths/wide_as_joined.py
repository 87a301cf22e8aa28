"""A layer whose state holds both directions side by side: as wide as the two of them, where its class is made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import bracketed, expression
from shapecheck.reading.failing import RECURRENT, failed, maker, number, operand, shape
from shapecheck.reading.joined.joins import Join, joins
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import spans_of
from shapecheck.reading.recurrent.recurrent_calls import state_roles
from shapecheck.reading.sources import Source, class_around, last_name, node_at, user_sources

CAUSE = "both_directions_forgotten"
_BRIDGE = "a layer of the script takes both directions to the width of one, and may have been meant for the state"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Twice the width, ``Decoder(2 * hidden)``, where the script joins the two directions of a state by itself."""
    operation = failed(evidence, *RECURRENT)
    width = number(operation, "hidden_size")
    if operation is None or not width or number(operation, "proj_size"):
        return []
    states = [(operand(operation, role), shape(operation, role) or ()) for role in state_roles(operation)]
    are_wide = bool(states) and all(len(sizes) == 3 and sizes[-1] == 2 * width for _, sizes in states)
    items = [item for item, _ in states if item is not None]
    if not are_wide or not any(_are_directions(join) for item in items for join in _joins(evidence, item)):
        return []
    return list(_twice(evidence, operation, width))


def _joins(evidence: Evidence, item: Argument) -> Iterator[Join]:
    """The joins behind a state, also in a branch of a function that returns something else in another one."""
    for span in dict.fromkeys((item.span, *(each.span for each in evidence.origins.get(item.expression, ())))):
        yield from joins(evidence, span) if span is not None else ()


def _are_directions(join: Join) -> bool:
    """Whether two parts of one and the same tensor are put side by side: ``torch.cat([h[0::2], h[1::2]], 2)``."""
    parts = [expression(part.text) for part in join.parts]
    owners = {ast.unparse(part.value) for part in parts if isinstance(part, ast.Subscript)}
    indices = {ast.unparse(part.slice) for part in parts if isinstance(part, ast.Subscript)}
    return len(join.parts) == len(indices) == 2 and len(owners) == 1 and join.axis not in (0, None)


def _twice(evidence: Evidence, operation: Operation, width: int) -> Iterator[Candidate]:
    origin = maker(evidence, operation)
    given = told_for(origin, "hidden_size")
    if origin is None or given is None:
        return
    owner = class_around(node_at(origin.span))
    spans = spans_of(evidence, given, parts=True)
    # What the class is told goes to all of its layers, which read what this one gives.
    place = next((span for span in spans if owner is not None and _callee(span) == owner.name), given)
    if worked_out(evidence, place) != width:
        return
    text = str(2 * width) if place.text.isdecimal() else f"2 * {bracketed(place.text)}"
    trial = (Step("configure", "", ("hidden_size", 2 * width)),)
    doubt = _BRIDGE if any(_is_bridge(evidence, source, width) for source in user_sources(evidence)) else ""
    # Where the layer behind it reads so many already, it is this layer alone that is too narrow.
    yield Candidate(f"{place.text} -> {text}", (Change(place, text),), trial, 0.12, doubt)


def _is_bridge(evidence: Evidence, source: Source, width: int) -> bool:
    """Whether a Linear makes of both directions as many numbers as one has: of the state too, perhaps."""
    for call in source.calls("Linear"):
        sizes = [told_for(source.span(call), name) for name in ("in_features", "out_features")]
        if [worked_out(evidence, size) if size is not None else None for size in sizes] == [2 * width, width]:
            return True
    return False


def _callee(span: Span) -> str:
    """The name of the class or function that an expression is an argument of; nothing where it is none."""
    up = getattr(node_at(span), "parent", None)
    call = getattr(up, "parent", None) if isinstance(up, ast.keyword) else up
    return last_name(call.func) if isinstance(call, ast.Call) else ""
