"""A factor of a product of batches that was turned along other axes than its last two: ``k.transpose(0, 1)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import expression, piece, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import PRODUCTS, sizes_of, with_exchanged
from shapecheck.reading.sources import last_name
from shapecheck.reading.vocabulary import EXCHANGES
from shapecheck.reading.where_made import made_or_written

CAUSE = "other_axes_turned"
_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The turn of the last two axes, with which the rows of one factor meet the columns of the other."""
    operation = failed(evidence)
    if operation is None or operation.name.rpartition(".")[2] not in PRODUCTS:
        return []
    items = [item for item in tensors(operation) if item.value.record is not None]
    if len(items) != 2 or any(item.value.record is not None and item.value.record.ndim < 3 for item in items):
        return []
    return [*_turned(evidence, items[1], items[0], is_left=False), *_turned(evidence, *items, is_left=True)]


def _turned(evidence: Evidence, item: Argument, other: Argument, *, is_left: bool) -> Iterator[Candidate]:
    sizes = sizes_of(item)
    beside = sizes_of(other)
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or len(node.args) < 2:
            continue
        is_method = isinstance(node.func, ast.Attribute) and len(node.args) == 2
        one, two = (whole_number(each) for each in node.args[-2:])
        if last_name(node.func) not in EXCHANGES or one is None or two is None:
            continue
        if not is_method and len(node.args) != 3:
            continue
        if not -len(sizes) <= min(one, two) <= max(one, two) < len(sizes):
            continue
        if not _fit(with_exchanged(with_exchanged(sizes, one, two), -2, -1), beside, is_left=is_left):
            continue
        steps = (Step("transpose", item.role, (one, two)), Step("transpose", item.role, (-2, -1)))
        places = [piece(origin.span, each) for each in node.args[-2:]]
        changes = tuple(Change(place, text) for place, text in zip(places, ("-2", "-1"), strict=True))
        yield Candidate(f"{last_name(node.func)}(-2, -1)", changes, steps, _COST)


def _fit(item: tuple[int, ...], other: tuple[int, ...], *, is_left: bool) -> bool:
    """Whether two batches of matrices have a product, without one being repeated."""
    first, second = (item, other) if is_left else (other, item)
    return first[:-2] == second[:-2] and first[-1] == second[-2]
