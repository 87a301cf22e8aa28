"""Labels of two samples mixed with each other, of which no class number comes: as columns before they are mixed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import items_of, last_name, walk

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``one_hot(y, classes).float()`` for the class numbers ``y`` of which something is made that is none."""
    operation = failed(evidence, "CrossEntropyLoss", "cross_entropy")
    given, target = (operand(operation, role) for role in ("input", "target"))
    if given is None or target is None or target.span is None or len(sizes_of(given)) != 2:
        return []
    if target.value.facts.get("whole") != 0 or sizes_of(target) != sizes_of(given)[:1]:
        return []
    for origin in trace(evidence, target.span, parts=True):
        places = list(_labels(evidence, origin.span, target, sizes_of(given)[1]))
        if len({place.text for place in places}) == 1:
            text = f"torch.nn.functional.one_hot({places[0].text}, {sizes_of(given)[1]}).float()"
            return [Candidate(text, tuple(Change(place, text) for place in places), (), _COST)]
    return []


def _labels(evidence: Evidence, made: Span, target: Argument, classes: int) -> Iterator[Span]:
    """Names of class numbers, one for each sample, in a sum or in what a function was given that makes one."""
    node = expression(made.text)
    is_mixed = _is_sum(node) or (isinstance(node, ast.Call) and _is_mixing(evidence, made, node))
    for each in walk(node) if is_mixed and node is not None else ():
        held = evidence.held.get(each.id) if isinstance(each, ast.Name) else None
        if held is None or dtype_of(held) != "int64":
            continue
        least, most = held.facts.get("min", -1), held.facts.get("max", classes)
        if sizes_of(held) == sizes_of(target) and 0 <= least <= most < classes:
            yield piece(made, each)


def _is_mixing(evidence: Evidence, made: Span, call: ast.Call) -> bool:
    """Whether a function of the script returns a sum of products of what it was given."""
    name = last_name(call.func)
    sums = (expression(each.span.text) for each in trace(evidence, made, parts=True)) if name else ()
    parts = (part for node in sums if node is not None for part in items_of(node))
    return any(map(_is_sum, parts))


def _is_sum(node: ast.expr | None) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)
