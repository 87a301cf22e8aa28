"""A loop that takes as many steps as other lengths allow than those that its steps meet: ``range(lengths.max())``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, last_name, names_in, source_of, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.04
_COLLECTS = ("append", "extend")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``range(int(target_lengths.max()))`` for a loop over the input's, where its steps are held against targets."""
    items = [each for each in tensors(failed(evidence)) if sizes_of(each) and each.span is not None]
    behind = {
        name
        for item in items
        if item.span is not None
        for span in spans_behind(evidence, item.span)
        for name in names_in(expression(span.text))
    }
    found: list[Candidate] = []
    for item, other in ((one, two) for one in items for two in items if one is not two):
        pairs = [pair for pair in zip(sizes_of(item), sizes_of(other), strict=False) if pair[0] != pair[1]]
        for frame in (each for each in evidence.frames if each.is_user and pairs):
            source = source_of(frame.span.file)
            found += _of_others(source, frame, pairs[0], behind) if source is not None else ()
    return found[:1]


def _of_others(source: Source, frame: Frame, sizes: tuple[int, int], behind: set[str]) -> Iterator[Candidate]:
    """Other lengths of as many samples, by which the steps would be as many as are wanted."""
    have, want = sizes
    most = {
        name: (each.record.shape, int(each.facts["max"]))
        for name, each in frame.names.items()
        if each.record is not None and len(each.record.shape) == 1 and "max" in each.facts
    }
    for loop in (each for each in walk(source.tree) if isinstance(each, ast.For)):
        name = _longest(loop.iter)
        if name is None or name.id not in most or not _collected(loop) & behind:
            continue
        shape, rounds = most[name.id]
        others = [
            other
            for other, (its, longest) in most.items()
            if other != name.id and its == shape and have * longest == want * rounds and have % max(rounds, 1) == 0
        ]
        if len(others) == 1:
            yield Candidate(f"{name.id} -> {others[0]}", (Change(source.span(name), others[0]),), (), _COST)


def _longest(node: ast.expr) -> ast.Name | None:
    """The lengths of ``range(int(lengths.max()))``, ``range(max(lengths))``."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "range" or not node.args:
        return None
    inside = node.args[-1]
    for each in walk(inside):
        if isinstance(each, ast.Call) and last_name(each.func) in ("max", "amax"):
            base = each.func.value if isinstance(each.func, ast.Attribute) and not each.args else None
            base = each.args[0] if base is None and len(each.args) == 1 else base
            return base if isinstance(base, ast.Name) else None
    return None


def _collected(loop: ast.For) -> set[str]:
    """The lists to which a loop puts something in each round."""
    calls = (each.func for each in walk(loop) if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute))
    return {each.value.id for each in calls if each.attr in _COLLECTS and isinstance(each.value, ast.Name)}
