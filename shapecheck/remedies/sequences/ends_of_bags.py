"""Where bags of tokens begin, with the end of the last one among them: one bag more than there are samples."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import user_sources, walk
from shapecheck.remedies.moves import put_behind

_COST = 0.04


def candidates(evidence: Evidence) -> list[Candidate]:
    """``offsets[:-1]``, where the last offset is the number of all tokens."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    given, target = (operand(operation, role) for role in ("input", "target"))
    bags = [call for source in user_sources(evidence) for call in source.calls("EmbeddingBag")]
    if given is None or target is None or given.span is None or not bags:
        return []
    scores, labels = sizes_of(given), sizes_of(target)
    if not scores or not labels or scores[0] != labels[0] + 1:
        return []
    for place in _names(evidence, given.span):
        held = evidence.held.get(place.text)
        if held is not None and _are_ends(held, evidence.held, scores[0]):
            return put_behind(evidence, Argument("offsets", held, place), "[:-1]", cost=_COST, prefer="origin")
    return []


def _names(evidence: Evidence, span: Span) -> Iterator[Span]:
    """The names in what was given to the loss, and in what that came from."""
    for place in spans_of(evidence, span):
        tree = expression(place.text)
        for node in walk(tree):
            if isinstance(node, ast.Name):
                yield piece(place, node)


def _are_ends(held: Value, names: Mapping[str, Value], count: int) -> bool:
    """Whether a row of so many numbers begins with nothing and ends with how many tokens there are."""
    if held.record is None or held.record.shape != (count,) or held.record.dtype not in ("int64", "int32"):
        return False
    rows = (each.record.shape for each in names.values() if each.record is not None and each is not held)
    last = held.facts.get("max", 0)
    return held.facts.get("min") == 0 and last > count - 1 and any(sizes == (int(last),) for sizes in rows)
