"""Sequences of several lengths that lie (features, steps), where ``pad_sequence`` wants steps first: each is turned."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import names_in

_COST = 0.05
_UNSEEN = "which axis of the parts goes along the steps was not seen"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``pad_sequence([each.T for each in parts])``, where the parts are alike along their first axis alone."""
    operation = failed(evidence, "pad_sequence", "pack_sequence")
    parts = [each for each in tensors(operation) if each.role.startswith("sequences[")]
    sizes = [sizes_of(each) for each in parts]
    given = operation.argument("sequences") if operation is not None else None
    if given is None or given.span is None or not says(evidence, r"must match the size of tensor b"):
        return []
    widths, steps = ({each[axis] for each in sizes if len(each) == 2} for axis in (0, 1))
    if sizes and (any(len(each) != 2 for each in sizes) or len(widths) != 1 or len(steps) < 2):
        return []
    change = _each_turned(given.span)
    trial = tuple(Step("transpose", each.role, (0, 1)) for each in parts)
    return [Candidate(change.text, (change,), trial, _COST, "" if sizes else _UNSEEN)]


def _each_turned(span: Span) -> Change:
    """Each item turned where they are padded: others that read them, such as their lengths, do so as they lie."""
    node = expression(span.text)
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        item = piece(span, node.elt)
        return Change(item, f"{bracketed(item.text)}.T")
    name = "each" if "each" not in names_in(node) else "part"
    return Change(span, f"[{name}.T for {name} in {span.text}]")
