"""A part of a tensor that is taken, named and read by nobody, while a call gets the whole: the part for the whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Frame
from shapecheck.reading.assignments import own_names, values_given
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import function_around, home_around, is_named, node_at, source_of, walk

CAUSE = "another_name_meant"
_COST = 0.01
_SEVERAL = "several parts of it have a name that nobody reads"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``loss(y, net(x))`` behind ``x, y = xs[rows], ys[rows]`` for ``loss(ys, net(x))``."""
    if failed(evidence) is None:
        return []
    found: list[Candidate] = []
    for frame in evidence.user_frames:
        call, source = call_of(frame.span), source_of(frame.span.file)
        node = node_at(frame.span)
        if call is None or source is None or node is None:
            continue
        for part in (*call.args, *(each.value for each in call.keywords)):
            if isinstance(part, ast.Name):
                names = sorted({*_unread(node, frame, part.id)})
                place = piece(frame.span, part)
                doubt = _SEVERAL if len(names) > 1 else ""
                found += [Candidate(f"{part.id} -> {name}", (Change(place, name),), (), _COST, doubt) for name in names]
    return found


def _unread(call: ast.expr, frame: Frame, whole: str) -> Iterator[str]:
    """The names of parts of a tensor that were given above a call in the same place, and are read nowhere."""
    home = home_around(call)
    names = [each for each in walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)]
    read = {each.id for each in names if not _is_of_inner(each, home)}
    have = sizes_of(frame.names.get(whole))
    for line in walk(home):
        for target, value in values_given(line):
            is_part = isinstance(value, ast.Subscript) and is_named(value.value, whole)
            is_above = value.lineno < call.lineno and home_around(value) is home
            if not isinstance(target, ast.Name) or not is_part or not is_above or target.id in read:
                continue
            if target.id.startswith("_") or not _is_taken_alike(home, value, read):
                continue
            if have and have != sizes_of(frame.names.get(target.id)) != ():
                yield target.id


def _is_taken_alike(home: ast.AST | None, part: ast.expr, read: set[str]) -> bool:
    """Whether the same part of another tensor is taken beside, and is read."""
    given = [pair for line in walk(home) for pair in values_given(line)]
    taken = {
        ast.unparse(value.slice)
        for target, value in given
        if isinstance(value, ast.Subscript) and isinstance(target, ast.Name) and target.id in read and value is not part
    }
    return isinstance(part, ast.Subscript) and ast.unparse(part.slice) in taken


def _is_of_inner(name: ast.Name, home: ast.AST | None) -> bool:
    """Whether a function in between has a name of its own that is written so."""
    around = function_around(name)
    while around is not None and around is not home:
        if name.id in own_names(around):
            return True
        around = function_around(around)
    return False
