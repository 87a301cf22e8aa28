"""A loop that joins one token a round to a sequence, and chose one for every step of it: that of the last step."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import applied_to
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import found_at, last_name, rounds_around, statement_of
from shapecheck.reading.vocabulary import GUESSES

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``scores[:, -1, :].argmax(-1, keepdim=True)`` for ``scores.argmax(-1, keepdim=True)``, joined to the tokens."""
    operation = failed(evidence, "cat", "concat", "hstack")
    items = tensors(operation)
    if operation is None or operation.span is None or len(items) != 2 or items[1].span is None:
        return []
    kept, chosen = map(sizes_of, items)
    is_of_each_step = len(kept) == 2 and chosen == (*kept, 1) and kept[1] > 1
    _, join = found_at(operation.span)
    line = statement_of(join)
    targets = [ast.unparse(each) for each in line.targets] if isinstance(line, ast.Assign) else []
    if not is_of_each_step or items[0].expression not in targets:
        return []
    if not any(rounds_around(line)):
        return []
    for span in (items[1].span, *(each.span for each in trace(evidence, items[1].span))):
        source, call = found_at(span)
        while isinstance(call, ast.Subscript | ast.Attribute):
            call = call.value
        if source is None or not isinstance(call, ast.Call) or last_name(call.func) not in GUESSES:
            continue
        scores = applied_to(call)
        if isinstance(scores, ast.Name | ast.Attribute):
            text = f"{ast.unparse(scores)}[:, -1, :]"
            return [Candidate(text, (Change(source.span(scores), text),), (), _COST)]
    return []
