"""Tokens that go in with both their marks, where those that are to come out begin one later: without the last mark."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import summands
from shapecheck.reading.failing import INDEX_LOSSES, failed, shape
from shapecheck.reading.sources import Source, home_around, user_sources, walk

_COST = 0.03
_THERE = "what begins so and has no last mark is there already, and may be what was to go in"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``[BOS] + words`` beside ``words + [EOS]``, where ``[BOS] + words + [EOS]`` goes in."""
    operation = failed(evidence, *INDEX_LOSSES)
    given, target = (shape(operation, role) for role in ("input", "target"))
    if not given or not target or len(given) != 2 or len(target) != 1 or given[0] <= target[0]:
        return []
    return [each for source in user_sources(evidence) for each in _with_both(source)]


def _with_both(source: Source) -> Iterator[Candidate]:
    sums = [node for node in walk(source.tree) if _is_whole_sum(node)]
    for node in sums:
        terms = summands(node)
        is_marked = len(terms) > 2 and all(_is_mark(each) for each in (terms[0], terms[-1]))
        texts = [ast.unparse(each) for each in terms]
        beside = (other for other in sums if other is not node and home_around(other) is home_around(node))
        if is_marked and isinstance(node, ast.BinOp) and any(_texts(other) == texts[1:] for other in beside):
            text = source.span(node.left).text
            is_there = any(_texts(other) == texts[:-1] for other in sums)
            yield Candidate(text, (Change(source.span(node), text),), (), _COST, _THERE if is_there else "")


def _is_whole_sum(node: ast.AST) -> bool:
    up = getattr(node, "parent", None)
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and not isinstance(up, ast.BinOp)


def _is_mark(node: ast.AST) -> bool:
    return isinstance(node, ast.List) and len(node.elts) == 1


def _texts(node: ast.AST) -> list[str]:
    return [ast.unparse(each) for each in summands(node)]
