"""A view by the width of one direction, where both stand side by side: each step became two rows."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, bracketed
from shapecheck.reading.failing import INDEX_LOSSES, RECURRENT, SAME_SHAPE_LOSSES, failed, shape
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, node_at, under_methods, user_sources

_COST = 0.0


def candidates(evidence: Evidence) -> list[Candidate]:
    """``out.view(-1, 2 * hidden)`` and a Linear for it, where a loss got twice as many rows as there are labels."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (shape(operation, role) for role in ("input", "target")) if operation is not None else (None, None)
    if not given or not target or given[0] != 2 * target[0]:
        return []
    found: list[Candidate] = []
    for source in user_sources(evidence):
        for call in source.calls("view", "reshape"):
            span = _width_of_one(evidence, source, call)
            if span is not None:
                # The Linear behind it was made for one direction as well, and would refuse the rows.
                changes = tuple(Change(each, _twice(each)) for each in (span, *_linear(evidence, source, span)))
                titles = dict.fromkeys(f"{each.span.text} -> {each.text}" for each in changes)
                found.append(Candidate(", ".join(titles), changes, (), _COST))
    return found if len(found) == 1 else []


def _twice(span: Span) -> str:
    return str(2 * int(span.text)) if span.text.isdecimal() else f"2 * {bracketed(span.text)}"


def _linear(evidence: Evidence, source: Source, width: Span) -> list[Span]:
    """The width of the one Linear that was made for as many features as the view gives."""
    number = worked_out(evidence, width)
    told = (told_for(source.span(call), "in_features") for call in source.calls("Linear"))
    found = [each for each in told if each is not None and worked_out(evidence, each) == number]
    return found if len(found) == 1 else []


def _width_of_one(evidence: Evidence, source: Source, call: ast.Call) -> Span | None:
    """The width in ``out.view(-1, width)``, where ``out`` is what a layer gave whose directions are each that wide."""
    if not isinstance(call.func, ast.Attribute) or len(call.args) != 2 or ast.unparse(call.args[0]) != "-1":
        return None
    width, base = source.span(call.args[1]), under_methods(call.func.value, _SAME)
    made = (node_at(each.span) for each in trace(evidence, source.span(base), parts=True))
    layers = [
        each.span
        for node in made
        if isinstance(node, ast.Call)
        for each in trace(evidence, source.span(node.func))
        if any(f"{kind}(" in each.span.text for kind in RECURRENT)
    ]
    number = worked_out(evidence, width)
    return width if number and any(number == _of_each_direction(evidence, layer) for layer in layers) else None


def _of_each_direction(evidence: Evidence, layer: Span) -> int | bool | None:
    """The width of one direction of a layer that has two; None for any other."""
    told, hidden = argument(layer, "bidirectional"), told_for(layer, "hidden_size")
    is_both = told is not None and worked_out(evidence, told) is True
    return worked_out(evidence, hidden) if hidden is not None and is_both else None


_SAME = ("contiguous", "clone", "detach", "float")
