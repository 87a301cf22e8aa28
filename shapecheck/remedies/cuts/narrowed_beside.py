"""Rows that a loop leaves out of all that it carries on but one, which the next round reads beside the rest."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import line_after, place_behind
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    Loop,
    Source,
    found_at,
    home_around,
    is_named,
    names_in,
    rounds_around,
    walk,
)

CAUSE = "cut_on_one_side_only"
_COST = 0.03
_WHOLE = "it is read behind the loop too, where all of its rows may be wanted"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``tokens, state, memory = tokens[going], state[going], memory[going]`` where the memory kept all rows."""
    operation = failed(evidence)
    rows = {sizes_of(each)[0] for each in tensors(operation) if sizes_of(each)}
    if operation is None or len(rows) != 2:
        return []
    few, many = sorted(rows)
    frames = (each for each in reversed(evidence.frames) if each.is_user)
    return [found for frame in frames for found in _narrowed(frame, few, many)][:1]


def _narrowed(frame: Frame, few: int, many: int) -> Iterator[Candidate]:
    source, node = found_at(frame.span)
    loop = next(rounds_around(node), None)
    if source is None or loop is None:
        return
    stored, again = stored_in(loop), [*rounds_around(loop)]
    read = {name for name in names_in(node) if sizes_of(frame.names.get(name))[:1] == (many,)}
    left = sorted(read - stored)
    cuts = [each for each in walk(loop) if isinstance(each, ast.Assign) for _ in _cut(each)]
    masks = {mask for each in cuts for _, mask in _cut(each)}
    names = {name for each in cuts for name, _ in _cut(each)}
    if len(left) != 1 or len(masks) != 1 or len(names) < 2:
        return
    if again and left[0] not in stored_in(again[0]):
        # The loop is gone through once more, and then all rows are wanted.
        return
    (mask,) = masks
    is_carried = all(sizes_of(frame.names.get(name))[:1] == (few,) for name in names)
    if is_carried and sizes_of(frame.names.get(mask)) == (many,):
        text = f"{left[0]}[{mask}]"
        doubt = _WHOLE if _is_read_behind(loop, left[0]) else ""
        yield Candidate(f"{left[0]} = {text}", _changes(source, cuts[-1], left[0], text), (), _COST, doubt)


def _is_read_behind(loop: Loop, name: str) -> bool:
    return any(
        is_named(each, name) and each.lineno > (loop.end_lineno or loop.lineno)
        for each in walk(home_around(loop))
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
    )


def _cut(line: ast.Assign) -> Iterator[tuple[str, str]]:
    """The names that are given rows by a mask, with the mask: ``state = state[going]``, also several in one line."""
    target = line.targets[0]
    pairs = (
        zip(target.elts, line.value.elts, strict=False)
        if isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple)
        else [(target, line.value)]
    )
    for name, value in pairs:
        if isinstance(name, ast.Name) and isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Name):
            yield name.id, value.slice.id


def _changes(source: Source, line: ast.Assign, name: str, text: str) -> tuple[Change, ...]:
    """One name more in a line of several, else a line more."""
    target = line.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(line.value, ast.Tuple):
        ends = ((target.elts[-1], name), (line.value.elts[-1], text))
        return tuple(Change(place_behind(source.span(each)), f", {more}") for each, more in ends)
    return (line_after(source.span(line), f"{name} = {text}"),)
