"""Rows beside the table of their groups: each meets that of its own group, ``x - centres[labels]``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sources import found_at, home_around, is_named, node_at, walk
from shapecheck.remedies.moves import put_behind

_COST = 0.06
_CHOSEN = re.compile(r"\b(argmin|argmax|min|max|topk|softmax|log_softmax|cross_entropy|logsumexp|argsort|sort)\(")
_PAIRS = "one of the groups is chosen behind it, for which each row has to meet them all"
_READ_ELSEWHERE = "the index is read for something else as well, and may be what is to be predicted"
_SEVERAL = "another tensor says for each row one of as many groups"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The index of the groups behind the table, where one is at hand that has a number for each row."""
    found: list[Candidate] = []
    for rows, table in both_ways(failed(evidence, *ELEMENTWISE, *SAME_SHAPE_LOSSES)):
        own, other = sizes_of(rows), sizes_of(table)
        if len(own) == len(other) > 1 and own[1:] == other[1:] and own[0] > other[0] > 1:
            found += _picked(evidence, table, own[0], other[0])
    return found


def _picked(evidence: Evidence, table: Argument, rows: int, groups: int) -> Iterator[Candidate]:
    names = list(_indices(evidence, rows, groups))
    doubt = _PAIRS if _is_chosen(table) else _SEVERAL if len(names) > 1 else ""
    for name in names:
        step = Step("stand_in", table.role, (rows, *sizes_of(table)[1:]))
        other = _READ_ELSEWHERE if _is_read_elsewhere(table, name) else ""
        for each in put_behind(evidence, table, f"[{name}]", [step], cost=_COST):
            yield replace(each, doubt=each.doubt or doubt or other)


def _is_chosen(table: Argument) -> bool:
    """Whether the function around, or the script, takes the nearest or the likeliest of several."""
    source, node = found_at(table.span)
    home = home_around(node)
    return source is None or home is None or _CHOSEN.search(ast.unparse(home)) is not None


def _is_read_elsewhere(table: Argument, name: str) -> bool:
    """Whether what stands around reads the index for more than to tell groups apart, as ``labels == group`` does."""
    home = home_around(node_at(table.span)) if table.span is not None else None
    reads = [each for each in walk(home) if is_named(each, name)]
    ups = [getattr(each, "parent", None) for each in reads if isinstance(each.ctx, ast.Load)]
    return any(not isinstance(up, ast.Compare | ast.Subscript) for up in ups)


def _indices(evidence: Evidence, rows: int, groups: int) -> Iterator[str]:
    """The names at hand of whole numbers, one for each row, of which the largest is the last group."""
    held = evidence.held.items()
    for name, value in held:
        record, facts = value.record, value.facts
        is_index = record is not None and record.shape == (rows,) and record.dtype == "int64"
        if is_index and name.isidentifier() and facts.get("min", -1) >= 0 and facts.get("max") == groups - 1:
            yield name
