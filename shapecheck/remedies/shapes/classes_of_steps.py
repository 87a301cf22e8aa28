"""Scores of all steps and classes laid in one row a sample, of which the last number was taken for the last step."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, call_of, expression, piece, whole_number
from shapecheck.reading.failing import INDEX_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.widths.arithmetic import worked_out

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``out.view(batch_size, -1, out.size(-1))[:, -1]`` for the loss of classes, without its last size."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target")) if operation is not None else (None,) * 2
    if given is None or target is None or given.span is None or len(sizes_of(given)) != 1:
        return []
    most = target.value.facts.get("max", 0)
    if sizes_of(given) != sizes_of(target) or most < 1:
        return []
    spans = dict.fromkeys(spans_behind(evidence, given.span))
    return [found for span in spans for found in _told_apart(evidence, span, int(most))]


def _told_apart(evidence: Evidence, span: Span, most: int) -> Iterator[Candidate]:
    for node in ast.walk(expression(span.text) or ast.Pass()):
        view = node.value if isinstance(node, ast.Subscript) else None
        if not isinstance(node, ast.Subscript) or not isinstance(view, ast.Call) or len(view.args) != 2:
            continue
        base = view.func.value if isinstance(view.func, ast.Attribute) else None
        is_view = isinstance(view.func, ast.Attribute) and view.func.attr in ("view", "reshape")
        is_step = isinstance(node.slice, ast.Tuple) and ast.unparse(node.slice) in ("(:, -1)", ":, -1")
        if not is_view or not is_step or not isinstance(base, ast.Name) or whole_number(view.args[1]) != -1:
            continue
        if any(count is None or count > most for count in _scores(evidence, piece(span, base))):
            text = f"-1, {base.id}.size(-1)"
            yield Candidate(f"view(..., {text})", (Change(piece(span, view.args[1]), text),), (), _COST)


def _scores(evidence: Evidence, base: Span) -> Iterator[int | None]:
    """How many scores the linear layers give that made something; None where it is not known."""
    for origin in trace(evidence, base):
        call = call_of(origin.span)
        for made in trace(evidence, piece(origin.span, call.func)) if call is not None else ():
            layer = call_of(made.span)
            is_linear = layer is not None and last_name(layer.func) == "Linear"
            many = argument(made.span, "out_features", 1) if is_linear else None
            if many is not None:
                yield worked_out(evidence, many)
