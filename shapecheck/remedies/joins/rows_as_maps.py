"""Rows that hold a number for each place of the maps that they are joined with: as maps of their own."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.failing import CONVOLUTIONS, failed, tensors
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import user_sources
from shapecheck.remedies.moves import put_behind

_COST = 0.05
_ROWS = "no convolution was made for so many channels: the maps may be meant to become rows"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``view(-1, 1, x.size(2), x.size(3))`` behind rows that are joined with the maps x along their channels."""
    operation = failed(evidence, *JOINS)
    items = tensors(operation)
    if len(items) != 2:
        return []
    return [
        candidate
        for maps, rows in (items, items[::-1])
        if len(sizes_of(maps)) == 4 and len(sizes_of(rows)) == 2 and sizes_of(maps)[0] == sizes_of(rows)[0]
        for candidate in _viewed(evidence, maps, rows)
    ]


def _viewed(evidence: Evidence, maps: Argument, rows: Argument) -> Iterator[Candidate]:
    _, channels, *sides = sizes_of(maps)
    more, rest = divmod(sizes_of(rows)[1], prod(sides))
    if rest or more < 1 or prod(sides) < 2:
        return
    text = ", ".join(["-1", str(more), *(asked(maps, axis) for axis in (2, 3))])
    step = Step("view", rows.role, (-1, more, *sides))
    doubt = "" if channels + more in set(_channels(evidence)) else _ROWS
    for each in put_behind(evidence, rows, f".view({text})", [step], cost=_COST + (0.6 if doubt else 0.0)):
        yield each.doubted(doubt)


def _channels(evidence: Evidence) -> Iterator[int]:
    """For how many channels the convolutions of the script were made, as far as it tells them."""
    for source in user_sources(evidence):
        for call in source.calls(*CONVOLUTIONS):
            given = told_for(source.span(call), "in_channels")
            number = worked_out(evidence, given) if given is not None else None
            if number is not None:
                yield number
