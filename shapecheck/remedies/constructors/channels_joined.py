"""Parts put side by side, or one below the other, where a layer wants their channels or features together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.edits import argument, with_keyword
from shapecheck.reading.failing import CONVOLUTIONS, NORMS, RECURRENT, failed, features_taken, kind, number, shape
from shapecheck.reading.joined.joins import Join, joins, place_of_input
from shapecheck.reading.sources import source_of

_COST = 0.08
_WRITTEN = "the axis is written out and may be meant; then the layer is made for too much"
_APART = "what comes of samples one below the other seems to be taken apart again; then the layer is made for too much"
_IN_TIME = "the parts may follow one another in time; then the layer is made for too much"
_ITEM = re.compile(r"([\w.]+)\[-?\d+(?:, *:)*\]")
_TAKES_APART = re.compile(r"\b(chunk|split|unbind)\(|// *2\b|\[ *: *\w+ *\]")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The axis of a join, where there are so many times too few channels as parts were joined elsewhere."""
    operation = failed(evidence, *CONVOLUTIONS, *NORMS, *RECURRENT, "Linear")
    sizes = shape(operation, "input")
    place = place_of_input(evidence, operation) if operation is not None else None
    if operation is None or sizes is None or place is None or len(sizes) < 2:
        return []
    axis, want = _wanted(operation, len(sizes))
    if not sizes[axis] or want <= sizes[axis] or want % sizes[axis]:
        return []
    found = _moved(joins(evidence, place), sizes, axis, want // sizes[axis])
    return [replace(each, doubt=_doubt(operation, old, len(sizes))) for old, each in found]


def _doubt(operation: Operation, join: Join, axes: int) -> str:
    """What else may be meant by a join, where its axis or what is done behind it says so."""
    if _are_items(join) and kind(operation) == "Linear":
        # Such as the two directions of a state: of the same samples.
        return ""
    if argument(join.span, "axis", 1) is not None or argument(join.span, "dim", 1) is not None:
        return _WRITTEN
    is_first = (join.axis or 0) % axes == 0
    steps_first = kind(operation) in RECURRENT and (axes == 2 or not number(operation, "batch_first"))
    if steps_first if is_first else kind(operation) in (*RECURRENT, *CONVOLUTIONS):
        return _IN_TIME
    source = source_of(join.span.file)
    behind = source.lines[join.span.line - 1 :] if source is not None and is_first else ()
    return _APART if any(_TAKES_APART.search(line) for line in behind) else ""


def _are_items(join: Join) -> bool:
    """Whether the parts are items of one tensor: ``h[-2]`` and ``h[-1]``."""
    items = [_ITEM.fullmatch(part.text) for part in join.parts]
    return len(items) > 1 and all(items) and len({each[1] for each in items if each is not None}) == 1


def _wanted(operation: Operation, axes: int) -> tuple[int, int]:
    """The axis that holds the features, and how many the layer is made for."""
    if kind(operation) in CONVOLUTIONS:
        return axes - int(kind(operation)[-2]) - 1, number(operation, "in_channels")
    if kind(operation) in NORMS:
        return 1, number(operation, "num_features") or number(operation, "num_channels")
    return axes - 1, features_taken(operation)


def _moved(found: Iterator[Join], sizes: tuple[int, ...], axis: int, parts: int) -> Iterator[tuple[Join, Candidate]]:
    for join in found:
        at = argument(join.span, "axis", 1) or argument(join.span, "dim", 1)
        is_known = join.axis is not None and -len(sizes) <= join.axis < len(sizes)
        if not is_known or join.axis is None or join.axis % len(sizes) == axis or sizes[join.axis] % parts:
            continue
        if at is None and len(join.parts) != parts:
            # Without an axis, samples may have been joined on purpose: only as many parts as are missing tell.
            continue
        new = str(axis - len(sizes) if join.axis < 0 or axis == len(sizes) - 1 else axis)
        change = Change(at, new) if at is not None else with_keyword(join.span, "dim", new)
        if change is not None:
            yield join, Candidate(f"{join.span.text} along axis {new}", (change,), (), _COST)
