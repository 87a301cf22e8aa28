"""Two results of a call of which the one that does not fit, and the one that would, bear each other's name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.failing import SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, home_around, is_named, walk
from shapecheck.remedies.moves import exchanged

CAUSE = "names_exchanged"
_COST = 0.05
_ONLY_ONE = "the other of the two is read as well, and may be right where it stands"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``forecast, past = block(x)`` for ``past, forecast = block(x)``, where ``x - past`` was refused."""
    ways = both_ways(failed(evidence, *ELEMENTWISE, *SAME_SHAPE_LOSSES))
    return [each for item, other in ways for each in _exchanged(evidence, item, other)]


def _exchanged(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    source, node = found_at(item.span)
    home = home_around(node)
    if source is None or home is None or not isinstance(node, ast.Name):
        return
    for line in walk(home):
        target = line.targets[0] if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call) else None
        parts = target.elts if isinstance(target, ast.Tuple) else []
        names = [each.id for each in parts if isinstance(each, ast.Name)]
        if len(names) != 2 or node.id not in names or not _is_last(evidence, source, node, line):
            continue
        held = evidence.held.get(names[1 - names.index(node.id)])
        if held is not None and held.record is not None and held.record.shape == sizes_of(other) != sizes_of(item):
            found = exchanged(source.span(parts[0]), source.span(parts[1]), cost=_COST)
            yield replace(found, doubt=_ONLY_ONE if _is_read(home, names, node) else "")


def _is_last(evidence: Evidence, source: Source, node: ast.Name, line: ast.AST) -> bool:
    """Whether it is that line which gave the name its value."""
    origins = trace(evidence, source.span(node), parts=True)
    value = line.value if isinstance(line, ast.Assign) else None
    return bool(origins) and value is not None and origins[0].span == source.span(value)


def _is_read(home: ast.AST, names: list[str], node: ast.Name) -> bool:
    """Whether the other name is read as well, and may be right there."""
    (other,) = {*names} - {node.id}
    return any(is_named(each, other) and isinstance(each.ctx, ast.Load) for each in walk(home))
