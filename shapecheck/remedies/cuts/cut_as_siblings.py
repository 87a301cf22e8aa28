"""A store that was cut less than the one beside it: ``valid[rows]`` where ``y = values[rows, past:]`` was compared."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import Source, found_at, function_around, walk

CAUSE = "cut_on_one_side_only"
_SEVERAL = "it could be cut as another part is"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The rest of a sibling's index, where that makes an operand as large as the other one."""
    operation = failed(evidence)
    items = tensors(operation)
    if len(items) != 2 or len(sizes_of(items[0])) != len(sizes_of(items[1])):
        return []
    return [
        candidate
        for item, other in (items, items[::-1])
        for span in _places(evidence, item)
        for candidate in _cut(evidence, span, sizes_of(other))
    ]


def _places(evidence: Evidence, item: Argument) -> Iterator[Span]:
    """Where an operand is used, and what it is made of farther back."""
    if item.span is not None:
        yield item.span
        yield from (origin.span for origin in evidence.chains.get(item.span, ()))


def _cut(evidence: Evidence, span: Span, wanted: tuple[int, ...]) -> Iterator[Candidate]:
    source, node = found_at(span)
    if source is None or not isinstance(node, ast.Subscript):
        return
    held = held_around(evidence, source, node)
    whole = sizes_of(held.get(ast.unparse(node.value)))
    found = dict.fromkeys(
        index
        for name, other in _siblings(source, node)
        if sizes_of(held.get(name)) == wanted and whole == sizes_of(held.get(ast.unparse(other.value)))
        for index in [_index(source, other)]
        if whole and _starts_as(other, node)
    )
    for index in found:
        change = Change(span, f"{ast.unparse(node.value)}[{index}]")
        yield Candidate(change.text, (change,), (), 0.05, _SEVERAL if len(found) > 1 else "")


def _siblings(source: Source, node: ast.Subscript) -> Iterator[tuple[str, ast.Subscript]]:
    """The names that parts of other stores got, in the same function."""
    home = function_around(node)
    for each in walk(home or source.tree):
        for name, value in values_given(each) if function_around(each) is home else ():
            if isinstance(name, ast.Name) and isinstance(value, ast.Subscript):
                yield name.id, value


def _starts_as(other: ast.Subscript, node: ast.Subscript) -> bool:
    """Whether an index begins as another one does, and goes on."""
    longer, shorter = ([ast.unparse(part) for part in _parts(each)] for each in (other, node))
    return len(longer) > len(shorter) and longer[: len(shorter)] == shorter


def _parts(node: ast.Subscript) -> list[ast.expr]:
    return [*node.slice.elts] if isinstance(node.slice, ast.Tuple) else [node.slice]


def _index(source: Source, node: ast.Subscript) -> str:
    return ", ".join(source.span(part).text for part in _parts(node))
