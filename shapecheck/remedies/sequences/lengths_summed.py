"""The sum of all lengths where the longest of them was meant: ``mask_of(lengths, int(lengths.max()))``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span, Value
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import found_at, is_named, last_name, node_at, parents, walk
from shapecheck.reading.vocabulary import MADE_OF_SIZES
from shapecheck.reading.ways_back import spans_behind

_COST = 0.01
_ROWS = "so many rows were made for all that there is, and the other may be what lacks some"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The largest number instead of the sum, where the one is what the other operand has and the other what came."""
    operation = failed(evidence)
    said = says(evidence, r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\)")
    items = tensors(operation)
    met = {int(size) for size in said.groups()} if said is not None else {n for item in items for n in sizes_of(item)}
    held = {name: value for frame in evidence.frames if frame.is_user for name, value in frame.names.items()}
    places = [item.span for item in (operation.arguments if operation is not None else ()) if item.span is not None]
    summed = [each for span in spans_behind(evidence, *places) for each in _sums(span)] if len(met) > 1 else []
    for span, name, new in summed:
        numbers = held.get(name, Value("none")).facts
        total, most = numbers.get("sum"), numbers.get("max")
        if total != most and {total, most} <= met:
            return [Candidate(new, (Change(span, new),), (), _COST, _ROWS if _makes_rows(span) else "")]
    return []


def _makes_rows(span: Span) -> bool:
    """Whether a factory makes a row for each: ``torch.zeros(sum(lengths), width)``."""
    calls = (up for up in parents(node_at(span)) if isinstance(up, ast.Call))
    return any(last_name(up.func) in MADE_OF_SIZES for up in calls)


def _sums(place: Span) -> Iterator[tuple[Span, str, str]]:
    """The sums of all numbers of a name in an expression, with the largest of these in their place."""
    source, root = found_at(place)
    for node in walk(root):
        if source is None or not isinstance(node, ast.Call) or node.keywords:
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr == "sum" and not node.args:
            text = source.span(node.func.value).text
            yield source.span(node), text, f"{text}.max()"
        elif is_named(node.func, "sum") and len(node.args) == 1:
            text = source.span(node.args[0]).text
            yield source.span(node), text, f"max({text})"
