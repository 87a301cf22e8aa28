"""The states of several LSTMs put side by side part by part: the hidden ones, and those of the cells."""

from __future__ import annotations

import ast

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import JOINS
from shapecheck.reading.recurrent.tuples_given import is_output
from shapecheck.reading.sources import found_at, known_at, statement_of

# More than to take the first of each pair, with which the lines behind need only go on.
_COST = 0.3
_PAIR = 2
_NAMES = ("pair", "each", "parts")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``tuple(torch.cat(pair, -1) for pair in zip(one, other))`` for ``torch.cat([one, other], -1)``."""
    operation = failed(evidence, *JOINS)
    pairs = [each for each in operation.arguments if is_output(each)] if operation is not None else []
    shapes = [tuple(item.record.shape if item.record else None for item in each.value.items) for each in pairs]
    if len(pairs) < _PAIR or any(len(each) != _PAIR or None in each or each[0] != each[1] for each in shapes):
        return []
    source, first = found_at(pairs[0].span)
    row = getattr(first, "parent", None)
    line = statement_of(first)
    if source is None or not isinstance(row, ast.List | ast.Tuple) or not isinstance(line, ast.Assign | ast.Return):
        return []
    if [source.span(each) for each in row.elts] != [each.span for each in pairs] or not isinstance(
        line.value, ast.Call
    ):
        return []
    name = next((each for each in _NAMES if each not in known_at(row)), "")
    texts = ", ".join(source.span(each).text for each in row.elts)
    whole = source.span(line.value)
    before, _, after = whole.text.partition(source.span(row).text)
    if not name or not after:
        return []
    text = f"tuple({before}{name}{after} for {name} in zip({texts}))"
    return [Candidate(text, (Change(whole, text),), (), _COST)]
