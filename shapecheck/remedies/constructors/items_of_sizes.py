"""A width that is an item of a list of sizes, where the list has the one that is wanted at another place."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.assignments import names_read, stored_in
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import RECURRENT, failed, kind, maker
from shapecheck.reading.layers.idle_layers import idle_layers
from shapecheck.reading.layers.layer_arguments import READ_LAST, told_for
from shapecheck.reading.layers.layer_input import input_of
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import class_around, function_around, node_at, parents

_COST = 0.05
_LEFT_OUT = "something that is made before is not read, and may have been meant to be handed on"
_ROUNDS = ast.For | ast.While | ast.ListComp | ast.GeneratorExp | ast.Lambda


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(sizes[-1], n)`` for ``nn.Linear(sizes[1], n)``: the numbers of the list are those of all layers."""
    operation = failed(evidence, *READ_LAST)
    item = input_of(evidence, operation)
    if operation is None or item is None or not sizes_of(item):
        return []
    name, want = READ_LAST[kind(operation)], sizes_of(item)[-1]
    given = told_for(maker(evidence, operation), name)
    node = expression(given.text) if given is not None else None
    at = whole_number(node.slice) if isinstance(node, ast.Subscript) else None
    if given is None or not isinstance(node, ast.Subscript) or at is None:
        return []
    if any(isinstance(up, _ROUNDS) for up in parents(node_at(given))):
        # Each round makes a layer, and none of them alone is told anything else.
        return []
    sizes = _listed(evidence, piece(given, node.value))
    places = [place for place, size in enumerate(sizes) if size == want]
    if len(places) != 1 or not -len(sizes) <= at < len(sizes) or sizes[at] == want:
        return []
    index = "-1" if places[0] == len(sizes) - 1 else str(places[0])
    change = Change(piece(given, node.slice), index)
    text = f"{piece(given, node.value).text}[{index}]"
    return [Candidate(f"{name}={text}", (change,), (Step("configure", "", (name, want)),), _COST, _left_out(operation))]


def _left_out(operation: Operation) -> str:
    """The doubt where the function has a result that nobody reads, or its class a layer that nobody calls."""
    node = node_at(operation.span)
    home, owner = function_around(node), class_around(node)
    unread = {each for each in stored_in(home) - names_read(home) if each.strip("_")} if home is not None else set()
    layers = (layer for kind in (*READ_LAST, *RECURRENT) for layer in idle_layers(owner, kind)) if owner else ()
    return _LEFT_OUT if unread or any(layers) else ""


def _listed(evidence: Evidence, place: Span) -> list[int]:
    """The whole numbers of the list that an expression stands for, where they are written out."""
    for span in spans_of(evidence, place, parts=True):
        node = expression(span.text)
        if isinstance(node, ast.List | ast.Tuple):
            numbers = [whole_number(each) for each in node.elts]
            return [each for each in numbers if each is not None] if None not in numbers else []
    return []
