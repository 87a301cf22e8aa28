"""What goes in and what is to come out, cut to be a step apart, but along two axes: ``tgt[:-1]`` and ``tgt[:, 1:]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, found_at, function_around, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03
_EITHER = "either of the two may be cut along the axis of the steps"
# The cut that goes with each, a step apart.
_APART = {":-1": "1:", "1:": ":-1"}


def candidates(evidence: Evidence) -> list[Candidate]:
    """The cut along the samples made one along the steps, as the other cut of the same tensor is."""
    operation = failed(evidence)
    items = tensors(operation)
    found: dict[Change, Candidate] = {}
    for item in items:
        others = [sizes_of(each) for each in items if each is not item]
        for span in spans_behind(evidence, item.span):
            for change, doubt in _changes(evidence, span, others):
                found.setdefault(change, Candidate(change.text, (change,), (), _COST, doubt))
    return list(found.values())


def _changes(evidence: Evidence, span: Span, others: list[Shape]) -> Iterator[tuple[Change, str]]:
    source, root = found_at(span)
    for node in walk(root):
        cut = _cut(node)
        if source is None or cut is None or not isinstance(node, ast.Subscript):
            continue
        base, before, index = cut
        siblings = list(_siblings(source, node, base, _APART[index]))
        if any(axis == before for axis, _ in siblings):
            # It has its own counterpart, as where neighbours are compared along either axis.
            continue
        for axis, other in siblings:
            held = held_around(evidence, source, node).get(base)
            sizes = sizes_of(held)
            if {before, axis} != {0, 1} or len(sizes) < 2:
                continue
            # What stands beside it has as many samples as there were before anything was cut.
            is_sure = sizes[0] in {each[0] for each in others if each} and sizes[0] != sizes[1]
            wrong, kept = (node, index) if before == 0 else (other, _APART[index])
            yield Change(source.span(wrong), f"{base}[:, {kept}]"), "" if is_sure else _EITHER


def _siblings(source: Source, node: ast.Subscript, base: str, index: str) -> Iterator[tuple[int, ast.Subscript]]:
    """The other cuts of the same tensor in the same function: along which axis, and what is cut."""
    home = function_around(node)
    for each in walk(home or source.tree):
        cut = _cut(each)
        is_it = cut is not None and (cut[0], cut[2]) == (base, index) and function_around(each) is home
        if cut is not None and is_it and isinstance(each, ast.Subscript):
            yield cut[1], each


def _cut(node: ast.AST) -> tuple[str, int, str] | None:
    """What is cut by a step, along which axis, and which step goes."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name | ast.Attribute):
        return None
    parts = [*node.slice.elts] if isinstance(node.slice, ast.Tuple) else [node.slice]
    texts = [ast.unparse(each) for each in parts]
    is_plain = all(text == ":" for text in texts[:-1]) and texts[-1] in _APART
    return (ast.unparse(node.value), len(texts) - 1, texts[-1]) if is_plain else None
