"""A window whose beginning walks on while its end stays: ``x[i + 1 : size + 1]`` beside ``x[i : i + size]``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import summands, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import Source, names_in, parents, user_sources, walk

_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """The end counted from the same beginning, where it is then as long as the window beside it."""
    if failed(evidence) is None:
        return []
    return [found for source in user_sources(evidence) for found in _walking(source)]


def _walking(source: Source) -> Iterator[Candidate]:
    windows = [found for node in walk(source.tree) if (found := _window(node)) is not None]
    for base, walker, begin, end, node in windows:
        if walker in end[1]:
            continue
        # As long as one beside it of the same values that does walk, as it is in the first round.
        moved = (end[0], sorted([*end[1], walker]))
        beside = [each for each in windows if each[:2] == (base, walker) and walker in each[3][1]]
        if any(_length(begin, moved) == _length(each[2], each[3]) for each in beside):
            assert node.upper is not None
            span = source.span(node.upper)
            text = f"{walker} + {span.text}"
            yield Candidate(text, (Change(span, text),), (), _COST)


def _length(begin: tuple[int, list[str]], end: tuple[int, list[str]]) -> tuple[int, list[str]]:
    rest = list(end[1])
    for name in begin[1]:
        rest.remove(name)
    return end[0] - begin[0], rest


def _window(
    node: ast.AST,
) -> tuple[str, str, tuple[int, list[str]], tuple[int, list[str]], ast.Slice] | None:
    """A part of something that begins at the round of a loop: of what, the round's name, both ends as sums."""
    part = node.slice if isinstance(node, ast.Subscript) else None
    if isinstance(part, ast.Tuple):
        walking = [each for each in part.elts if isinstance(each, ast.Slice) and each.lower is not None]
        part = walking[0] if len(walking) == 1 else None
    if not isinstance(node, ast.Subscript) or not isinstance(part, ast.Slice) or part.step is not None:
        return None
    if part.lower is None or part.upper is None:
        return None
    begin, end = _sum(part.lower), _sum(part.upper)
    walker = begin[1][0] if len(begin[1]) == 1 else ""
    if not walker.isidentifier() or not _is_round(node, walker) or any("-" in name for name in end[1]):
        return None
    return ast.unparse(node.value), walker, begin, end, part


def _sum(node: ast.expr) -> tuple[int, list[str]]:
    """A sum as its whole number and the texts of its other parts."""
    parts = summands(node)
    numbers = [whole_number(each) for each in parts]
    texts = sorted(ast.unparse(each) for each, number in zip(parts, numbers, strict=True) if number is None)
    return sum(number for number in numbers if number is not None), texts


def _is_round(node: ast.AST, name: str) -> bool:
    """Whether a name counts the rounds of a loop around a place."""
    loops = [each for up in parents(node) for each in (up, *getattr(up, "generators", []))]
    return any(name in names_in(each.target) for each in loops if isinstance(each, ast.For | ast.comprehension))
