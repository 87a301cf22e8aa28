"""Pictures that a ``Resize(side)`` keeps in their ratio, where squares are wanted: ``Resize((side, side))``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import Shape, failed, says, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, last_name, user_sources, walk

_COST = 0.0
_CUT = "they may be meant to be cut to squares behind it, which leaves their ratio as it is"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Both sides for the resizing, where pictures with one such side meet squares, or are put together."""
    operation = failed(evidence)
    shapes = [sizes_of(each) for each in tensors(operation)] if operation is not None else []
    maps = [shape for shape in shapes if len(shape) >= 3]
    if len(maps) < 2 or says(evidence, r"must match the size", r"equal size", r"same shape|Sizes of tensors") is None:
        return []
    return [
        Candidate(f"{given.text} -> {text}", (Change(given, text),), (), _COST, doubt)
        for given, side in _sides(evidence)
        for doubt in _doubt(maps, side)
        for text in [f"({given.text}, {given.text})"]
    ]


def _doubt(maps: list[Shape], side: int) -> Iterator[str]:
    """Nothing where squares are met; that they may be cut, where only pictures of that side are put together."""
    kept = [shape for shape in maps if min(shape[-2:]) == side < max(shape[-2:])]
    squares = [shape for shape in maps if shape[-2:] == (side, side)]
    if kept and len(kept) + len(squares) == len(maps):
        yield "" if len(maps) == 2 and squares and len(maps[0]) == 4 else _CUT


def _sides(evidence: Evidence) -> Iterator[tuple[Span, int]]:
    """The one number that the only resizing of the script was given, with what it is."""
    found = [
        (source, node)
        for source in user_sources(evidence)
        for node in walk(source.tree)
        if isinstance(node, ast.Call) and last_name(node.func) == "Resize" and _keeps_ratio(source)
    ]
    for source, node in found if len(found) == 1 else ():
        given = given_as(node, "size", 0)
        if given is None or isinstance(given, ast.Tuple | ast.List):
            continue
        span = source.span(given)
        held = next((each.names[span.text] for each in evidence.frames if span.text in each.names), None)
        side = int(held.text) if held is not None and held.text.isdecimal() else worked_out(evidence, span)
        if type(side) is int:
            yield span, side


def _keeps_ratio(source: Source) -> bool:
    """Whether a Resize is that of a library, or one of the script's own that tells one number from two."""
    own = [node for node in source.classes if node.name == "Resize"]
    return all("isinstance(" in ast.unparse(each) for each in own)
