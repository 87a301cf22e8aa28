"""Two stores of a sample that are cut from different steps on: ``values[begin:end]`` beside ``marks[now:end]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, pair, sizes_of
from shapecheck.reading.sources import Source, user_sources, walk

CAUSE = "cut_on_one_side_only"
_COST = 0.06
_LATER = "one of the two may be cut from a later step on by purpose, and then has to go on by as many steps"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Each of the two cut as the other is, where the rest of a function's parts go in pairs."""
    operands = pair(failed(evidence, *ELEMENTWISE, *JOINS, *INDEX_LOSSES, *SAME_SHAPE_LOSSES))
    if operands is None or sum(a != b for a, b in zip(*map(sizes_of, operands), strict=False)) != 1:
        return []
    return [
        each
        for source in user_sources(evidence)
        for home in walk(source.tree)
        if isinstance(home, ast.FunctionDef)
        for each in _of_function(source, home)
    ]


def _of_function(source: Source, home: ast.FunctionDef) -> Iterator[Candidate]:
    cuts = [part for part in _parts_given(home) if isinstance(part.slice, ast.Slice)]
    bounds = [_bounds(part) for part in cuts]
    alone = [part for part, own in zip(cuts, bounds, strict=True) if bounds.count(own) == 1]
    for one, other in combinations(alone, 2):
        shared = [left == right for left, right in zip(_bounds(one), _bounds(other), strict=True)]
        if sum(shared) == 1 and len(alone) == 2 and ast.unparse(one.value) != ast.unparse(other.value):
            # Where nothing else goes in pairs, a shift may be what is wanted: of what is foretold.
            doubt = "" if len(cuts) > len(alone) else _LATER
            for part, model in ((other, one), (one, other)):
                text = source.span(model.slice).text
                title = f"{ast.unparse(part.value)}[{text}]"
                yield Candidate(title, (Change(source.span(part.slice), text),), (), _COST, doubt)


def _parts_given(home: ast.FunctionDef) -> list[ast.Subscript]:
    """The parts of stores that a function returns side by side, by name or on the spot."""
    returned = values_returned(home)
    given = [part for each in returned if isinstance(each, ast.Tuple) for part in each.elts]
    made = {
        target.id: value for line in walk(home) for target, value in values_given(line) if isinstance(target, ast.Name)
    }
    parts = [made.get(each.id, each) if isinstance(each, ast.Name) else each for each in given]
    return [part for part in parts if isinstance(part, ast.Subscript)]


def _bounds(part: ast.Subscript) -> tuple[str, str]:
    assert isinstance(part.slice, ast.Slice)
    lower, upper = part.slice.lower, part.slice.upper
    return ast.unparse(lower) if lower is not None else "", ast.unparse(upper) if upper is not None else ""
