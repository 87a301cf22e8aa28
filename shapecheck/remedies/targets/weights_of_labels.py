"""Weights of classes in a loss of one's own, one a class, which meet one number a sample: each sample's own weight."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import both_ways, sizes_of
from shapecheck.reading.sources import home_around, names_in, node_at, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import put_behind

_COST = 0.02
_AVERAGED = "the classes of each sample were averaged, and the weights may be meant for them before that"
_OVER_CLASSES = re.compile(r"\.mean\((dim=|axis=)?(1|-1)\)|binary_cross_entropy.*\.sum\(")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``self.alpha[y]`` where ``self.alpha`` met the losses of all samples, and ``y`` are their labels."""
    found: list[Candidate] = []
    for weights, losses in both_ways(failed(evidence, "mul", "mul_", "div", "div_")):
        found += _taken(evidence, weights, losses)
    return found


def _taken(evidence: Evidence, weights: Argument, losses: Argument) -> Iterator[Candidate]:
    (sizes, count), span = (sizes_of(weights), sizes_of(losses)), weights.span
    record = weights.value.record
    if len(sizes) != 1 or len(count) != 1 or 1 in (*sizes, *count) or span is None or record is None:
        return
    if not record.dtype.startswith("float") or not isinstance(node_at(span), ast.Name | ast.Attribute):
        return
    behind = spans_behind(evidence, losses.span)
    doubt = _AVERAGED if any(_OVER_CLASSES.search(each.text) for each in behind) else ""
    labels = list(_labels(evidence, weights, count[0], sizes[0]))
    if len(labels) == 1:
        for each in put_behind(evidence, weights, f"[{labels[0]}]", [], cost=_COST):
            if each.changes[0].span == span:
                yield each.doubted(doubt)


def _labels(evidence: Evidence, weights: Argument, count: int, classes: int) -> Iterator[str]:
    """Whole numbers, one a sample and below the number of classes, that stand with the scores of all classes."""
    home = home_around(node_at(weights.span))
    held_by = evidence.held
    scores = {name for name, held in held_by.items() if sizes_of(held) == (count, classes)}
    met = [names_in(each) for each in walk(home) if isinstance(each, ast.Call | ast.Subscript)]
    for name, held in held_by.items():
        record, facts = held.record, held.facts
        if record is None or held.kind != "tensor" or record.shape != (count,) or record.dtype != "int64":
            continue
        is_read = any(name in names and names & scores for names in met)
        if is_read and facts.get("min", 0) >= 0 and facts.get("max", 0) < classes:
            yield name
