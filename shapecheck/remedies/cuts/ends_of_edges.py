"""A number for each node where one for each edge is to be added up: those of the nodes at the edges' other ends."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, operand, shape
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import home_around, node_at, walk

_COST = 0.05
_ALONG = "the other ends are read elsewhere too, and what comes may be meant to hold a row for each edge"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``gathered(x[col], row)`` behind ``row, col = edges``, where x has a row for each node."""
    operation = failed(evidence, "index_add", "index_add_")
    rows, index = (operand(operation, role) for role in ("source", "index"))
    have, count, nodes = (shape(operation, role) for role in ("source", "index", "self"))
    if rows is None or index is None or not have or not count or len(count) != 1 or not nodes:
        return []
    if have[0] != nodes[0] or have[0] == count[0]:
        return []
    for place in spans_of(evidence, index.span, parts=True):
        node = node_at(place)
        others = list(_other_ends(node)) if isinstance(node, ast.Name) else []
        for at in spans_of(evidence, rows.span, parts=True) if others else ():
            there = node_at(at)
            if there is not None and home_around(there) is home_around(node) and isinstance(there, ast.Name):
                name, is_unread = others[0]
                text = f"{at.text}[{name}]"
                return [Candidate(text, (Change(at, text),), (), _COST, "" if is_unread else _ALONG)]
    return []


def _other_ends(node: ast.Name) -> Iterator[tuple[str, bool]]:
    """The other of two names that are taken together, and whether nobody else reads it."""
    home = home_around(node)
    lines = [each for each in walk(home) if isinstance(each, ast.Assign) and home_around(each) is home]
    for line in lines:
        target = line.targets[0]
        names = [each.id for each in target.elts if isinstance(each, ast.Name)] if isinstance(target, ast.Tuple) else []
        if len(names) == 2 and node.id in names and not isinstance(line.value, ast.Tuple):
            other = names[1 - names.index(node.id)]
            read = (each for each in walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))
            yield other, other not in {each.id for each in read}
