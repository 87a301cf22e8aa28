"""Targets of other samples than were predicted, where the ones of these samples are there and nobody reads them."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.sources import found_at, is_named, names_in, walk

_COST = 0.02
_ALSO_THERE = "there are others of the same sizes, which are read elsewhere and may be the targets"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``loss(net(x_test), y_test)`` for ``loss(net(x_test), y_train)``, where nothing else reads ``y_test``."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = operand(operation, "input"), operand(operation, "target")
    source, node = found_at(target.span if target is not None else None)
    if given is None or target is None or source is None or not isinstance(node, ast.Name):
        return []
    have, count = sizes_of(target), sizes_of(given)[:1]
    if not have or not count or have[:1] == count:
        return []
    names = [each for each in walk(source.tree) if isinstance(each, ast.Name)]
    read = {each.id for each in names if isinstance(each.ctx, ast.Load)}
    of_samples = [
        name
        for name, held in evidence.held.items()
        if sizes_of(held) == (*count, *have[1:]) and dtype_of(held) == dtype_of(target)
    ]
    fitting = [name for name in of_samples if name not in read]
    predicted = names_in(found_at(given.span)[1])
    if len(fitting) != 1 or not any(is_named(each, fitting[0]) for each in names):
        return []
    span = source.span(node)
    doubt = _ALSO_THERE if set(of_samples) - {fitting[0]} - predicted else ""
    return [Candidate(f"{node.id} -> {fitting[0]}", (Change(span, fitting[0]),), (), _COST, doubt)]
