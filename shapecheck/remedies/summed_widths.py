"""The width of what was joined, as a sum of names: ``words + sounds`` where a layer was told ``words`` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import combinations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import argument, call_of, expression, piece
from shapecheck.reading.joins import Join, joins, place_of_input
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, function_around, last_name, node_at, source_of
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.arithmetic import worked_out

MAX_PARTS = 6
_BY_CHANCE = "the name may be of this size by chance: what was joined is not made with it"
_NAMED = ast.Name | ast.Attribute | ast.Subscript
_Read = tuple[ast.FunctionDef | None, str]


def summed(
    evidence: Evidence,
    operation: Operation,
    given: Span,
    have: object,
    size: int,
    trial: tuple[Step, ...],
    *,
    cost: float,
) -> Iterator[Candidate]:
    """The sum of the widths of all that was joined, where a layer was told that of one part.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        given: The argument's text.
        have: What it is.
        size: What it must be.
        trial: The same as a trial.
        cost: What it costs where the names are those that the parts were made with; else a little more.
    """
    place = place_of_input(evidence, operation)
    if type(have) is not int or have >= size or place is None:
        return
    for join in joins(evidence, place):
        others = _others([_width(evidence, part, join.axis) for part in join.parts], have, size)
        if not others:
            continue
        behind = set(_names_behind(evidence, join))
        known = {text for _, text in behind}
        for at in _handed(evidence, given, behind):
            names = {each: _best(names, known) for each in others if (names := _of_size(evidence, at, each))}
            if set(names) != set(others):
                continue
            terms = (
                name if others.count(each) == 1 else f"{others.count(each)} * {name}" for each, name in names.items()
            )
            text = " + ".join([at.text, *terms])
            is_theirs = set(names.values()) <= known
            doubt = "" if is_theirs else _BY_CHANCE
            yield Candidate(text, (Change(at, text),), trial, cost + 0.1 * (not is_theirs), doubt)
            return
        return


def beside(evidence: Evidence, given: Span, size: int) -> str:
    """The one setting of this size beside that of an argument, in the same object: ``cfg.extra`` for ``cfg.hidden``."""
    found = _settings(evidence, given, size)
    return found.pop() if len(found) == 1 else ""


def _settings(evidence: Evidence, given: Span, size: int) -> set[str]:
    source, node = source_of(given.file), expression(given.text)
    if source is None or not isinstance(node, ast.Attribute | ast.Subscript) or not isinstance(node.value, ast.Name):
        return set()
    base = piece(given, node.value)
    known = {base.text, *(each.span.text for each in trace(evidence, base, parts=True))}
    return {
        base.text + source.span(each).text.removeprefix(each.value.id)
        for each in ast.walk(source.tree)
        if isinstance(each, type(node))
        and isinstance(each.value, ast.Name)
        and each.value.id in known
        and worked_out(evidence, source.span(each)) == size
    }


def _width(evidence: Evidence, part: Span, axis: int | None) -> int | None:
    """The size of a part along the axis of a join; None where nobody holds it, or was told it."""
    for frame in evidence.frames:
        held = frame.names.get(part.text) if frame.is_user and axis is not None else None
        if held is not None and held.record is not None and axis is not None:
            sizes = held.record.shape
            return sizes[axis] if -len(sizes) <= axis < len(sizes) else None
    for span in (part, *(each.span for each in trace(evidence, part))):
        node = call_of(span)
        for made in trace(evidence, piece(span, node.func)) if node is not None else ():
            call = call_of(made.span)
            told = _GIVEN.get(last_name(call.func)) if call is not None else None
            text = argument(made.span, *told) if told is not None else None
            size = worked_out(evidence, text) if text is not None else None
            if type(size) is int:
                return size
    return None


# Where layers are told how many numbers they give at each place.
_GIVEN = {
    "Embedding": ("embedding_dim", 1),
    "Linear": ("out_features", 1),
    "LazyLinear": ("out_features", 0),
    **{f"Conv{axes}d": ("out_channels", 1) for axes in (1, 2, 3)},
}


def _others(parts: Sequence[int | None], have: int, size: int) -> list[int]:
    """The widths that a sum lacks, in their order; nothing where the parts do not tell, or in several ways."""
    if not 2 <= len(parts) <= MAX_PARTS:
        return []
    unknown, sure = parts.count(None), sum(each for each in parts if each is not None)
    if unknown > 1 or (not unknown and sure != size) or (unknown and sure >= size):
        return []
    filled = [size - sure if each is None else each for each in parts]
    ways: dict[tuple[int, ...], list[int]] = {}
    for count in range(1, len(filled)):
        for kept in combinations(range(len(filled)), count):
            left = [each for at, each in enumerate(filled) if at not in kept]
            if sum(filled[at] for at in kept) == have:
                ways.setdefault(tuple(sorted(left)), left)
    return next(iter(ways.values())) if len(ways) == 1 else []


def _handed(evidence: Evidence, given: Span, behind: set[_Read]) -> Iterator[Span]:
    """The places where a width is handed to a call, from the layer outwards, until a part of the join gets it too."""
    for span in dict.fromkeys((given, *(each.span for each in trace(evidence, given, parts=True)))):
        node = node_at(span)
        if isinstance(node, _NAMED | ast.BinOp) and isinstance(getattr(node, "parent", None), ast.Call | ast.keyword):
            yield span
        if node is not None and (function_around(node), span.text) in behind:
            return


def _of_size(evidence: Evidence, at: Span, size: int) -> list[str]:
    """The names that can be read at a place and are this number, but for those that stand there already."""
    source = source_of(at.file)
    node = source.node_at(at) if source is not None else None
    if source is None or node is None:
        return []
    inside = {source.span(each).text for each in ast.walk(node) if isinstance(each, _NAMED)}
    home: ast.AST = function_around(node) or source.tree
    found = {
        source.span(each).text
        for each in ast.walk(home)
        if isinstance(each, _NAMED)
        and isinstance(each.ctx, ast.Load)
        and not isinstance(getattr(each, "parent", None), ast.Attribute)
        and _can_be_read(source, home, each, at.line)
        and worked_out(evidence, source.span(each)) == size
    }
    return sorted((found | _settings(evidence, at, size)) - inside)


def _can_be_read(source: Source, home: ast.AST, node: ast.expr, line: int) -> bool:
    """Whether a name of a function has its value before a line; one of the file, or a parameter, always has."""
    base: ast.expr = node
    while isinstance(base, ast.Attribute | ast.Subscript):
        base = base.value
    if not isinstance(base, ast.Name) or (isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant)):
        return False
    whole = node if isinstance(node, ast.Attribute) and base.id == "self" else base
    text = ast.unparse(whole)
    stored = [
        each.lineno
        for each in ast.walk(home)
        if isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Store) and ast.unparse(each) == text
    ]
    return not stored or min(stored) < line


def _best(names: list[str], known: set[str]) -> str:
    return next((each for each in names if each in known), names[0])


def _names_behind(evidence: Evidence, join: Join) -> Iterator[_Read]:
    """The names that the parts of a join were made with, and where these come from, each with the function around."""
    for one in spans_behind(evidence, *join.parts):
        source = source_of(one.file)
        root = source.node_at(one) if source is not None else None
        for each in ast.walk(root) if root is not None else ():
            if source is not None and isinstance(each, _NAMED):
                # As it is written: for the quotes of a key.
                yield function_around(each), source.span(each).text
