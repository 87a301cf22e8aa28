"""The last layer asked of what holds both states of an LSTM, ``state[-1]``, which gives the cells of all its layers."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import call_of, piece, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import JOINS
from shapecheck.reading.origins import kind_of, trace
from shapecheck.reading.sources import (
    found_at,
    home_around,
    is_named,
    last_name,
    source_of,
    statement_of,
    walk,
)
from shapecheck.reading.ways_back import spans_behind

CAUSE = "tuple_not_unpacked"
_COST = -0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``out, (h, _) = lstm(x)`` for ``out, h = lstm(x)`` in front of ``h[-1]``."""
    operation = failed(evidence)
    places = [item.span for item in operation.arguments] if operation is not None else []
    for span in spans_behind(evidence, *places) if any(places) else ():
        source, node = found_at(span)
        for each in walk(node):
            if source is not None and isinstance(each, ast.Subscript) and (_is_from_the_end(each) or _is_joined(each)):
                target = _target(evidence, source.span(each.value))
                if target is not None:
                    text = f"({target.text}, _)"
                    return [Candidate(f"{text} of the LSTM", (Change(target, text),), (), _COST)]
    return []


def _is_from_the_end(node: ast.AST | None) -> bool:
    """Whether a name is asked for one of its last items: a pair is asked for its first or its second."""
    is_index = isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)
    return is_index and isinstance(node, ast.Subscript) and (whole_number(node.slice) or 0) < 0


def _is_joined(node: ast.AST | None) -> bool:
    """Whether a name is asked for its first or its second item among what is joined."""
    up = getattr(node, "parent", None)
    call = getattr(up, "parent", None) if isinstance(up, ast.List | ast.Tuple) else None
    is_item = isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)
    is_first = is_item and isinstance(node, ast.Subscript) and whole_number(node.slice) in (0, 1)
    return is_first and isinstance(call, ast.Call) and last_name(call.func) in JOINS


def _target(evidence: Evidence, base: Span) -> Span | None:
    """The name that both states of an LSTM were given, if nobody reads it for the pair that it is."""
    for origin in trace(evidence, base, parts=True)[:1]:
        call, line, source = call_of(origin.span), statement_of(found_at(origin.span)[1]), source_of(origin.span.file)
        targets = line.targets[0] if isinstance(line, ast.Assign) else None
        parts = targets.elts if isinstance(targets, ast.Tuple) else []
        if call is None or source is None or len(parts) != 2 or not is_named(parts[1], base.text):
            continue
        if kind_of(evidence, piece(origin.span, call.func)) != "LSTM":
            continue
        names = [each for each in walk(home_around(line) or source.tree) if is_named(each, base.text)]
        below = [each for each in names if isinstance(each, ast.Name) and each.lineno > origin.span.end_line]
        # What has the name from there on is another thing: ``h = h[-1]``.
        end = min((each.lineno for each in below if isinstance(each.ctx, ast.Store)), default=None)
        loads = [each for each in below if isinstance(each.ctx, ast.Load) and (end is None or each.lineno <= end)]
        items = [getattr(each, "parent", None) for each in loads]
        if loads and all(map(_is_from_the_end, items)):
            return source.span(parts[1])
        # Two of them joined are the two directions, where the layer has two: the state and the cells belong to both.
        makers = [each.span.text for each in trace(evidence, piece(origin.span, call.func))]
        is_both = any("bidirectional=True" in text for text in makers)
        if is_both and len(items) == 2 and all(map(_is_joined, items)):
            return source.span(parts[1])
    return None
