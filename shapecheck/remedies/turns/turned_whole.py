"""``x.T`` of what has samples in front of its matrices, which puts the samples last: each matrix turned by itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "other_axes_turned"
_COST = 0.0


def candidates(evidence: Evidence) -> list[Candidate]:
    """``q @ k.transpose(-2, -1)`` for ``q @ k.T`` where ``k`` is (batch, steps, features)."""
    operation = failed(evidence)
    items = tensors(operation) if operation is not None else ()
    whole = [way for item in (operation.arguments if operation is not None else ()) for way in _operand(evidence, item)]
    return [*whole, *(way for item in items for way in _part(evidence, item, items))]


def _operand(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """An operand that is turned where it stands."""
    node, frame = expression(item.span.text) if item.span is not None else None, evidence.user_frame
    if item.span is None or not isinstance(node, ast.Attribute) or node.attr != "T" or frame is None:
        return
    held = frame.names.get(ast.unparse(node.value))
    count = len(held.record.shape) if held is not None and held.record is not None else len(sizes_of(item))
    if count < 3:
        return
    # The axes of the whole, of which the last two are exchanged, as they lie in what was turned round.
    order = (*range(count - 1, 1, -1), 0, 1)
    is_array = "array" in (item.value.kind, held.kind if held is not None else "")
    text = f"{piece(item.span, node.value).text}.{'swapaxes' if is_array else 'transpose'}(-2, -1)"
    trial = () if is_array else (Step("permute", item.role, order),)
    yield Candidate(text, (Change(item.span, text),), trial, _COST)


def _part(evidence: Evidence, item: Argument, items: tuple[Argument, ...]) -> Iterator[Candidate]:
    """What an operand was reckoned from, where the samples have come to lie along its last axis by that."""
    sizes = sizes_of(item)
    others = [sizes_of(each) for each in items if each is not item and len(sizes_of(each)) == len(sizes)]
    if item.span is None or len(sizes) < 3:
        return
    if not any(other[0] == sizes[0] == sizes[-1] != other[-1] for other in others):
        return
    for span in spans_behind(evidence, item.span):
        for node in walk(expression(span.text)):
            if isinstance(node, ast.Attribute) and node.attr == "T" and isinstance(node.value, ast.Name):
                place, text = piece(span, node), f"{node.value.id}.transpose(-2, -1)"
                yield Candidate(text, (Change(place, text),), (), _COST)
