"""Folds runs of equal layers into one row, so that fifty layers do not bury the one that differs."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace

from shapecheck.render.story import Row

_LONGEST_BLOCK = 40
_FEWEST = 3
_NUMBER = re.compile(r"\d+")


def fold(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Fold blocks of rows that follow each other at least three times and differ only in numbers of their paths.

    A block of several rows (attention, two Linears, a norm) is folded as a whole: each of its rows then stands for
    all its repetitions.
    """
    keys = [_key(row) for row in rows]
    found: list[Row] = []
    at = 0
    while at < len(rows):
        length, times = _best_block(keys, at)
        for offset in range(length):
            row, last = rows[at + offset], rows[at + offset + (times - 1) * length]
            folded = replace(row, module=_range(row.module, last.module), alike=times, in_turn=length > 1)
            found.append(folded if times > 1 else row)
        at += length * times
    return tuple(found)


def _key(row: Row) -> Hashable:
    # What a layer follows counts up too, and the first of a run follows something else; it matters if axes changed.
    link_from = _NUMBER.sub("#", row.link_from) if row.link else ""
    return replace(row, module=_NUMBER.sub("#", row.module), link=row.link or None, link_from=link_from)


def _best_block(keys: Sequence[Hashable], at: int) -> tuple[int, int]:
    """Length and number of repetitions of the block at ``at`` that saves most rows."""
    best = (1, 1)
    for length in range(1, min(_LONGEST_BLOCK, (len(keys) - at) // _FEWEST) + 1):
        times = 1
        while keys[at + times * length : at + (times + 1) * length] == keys[at : at + length]:
            times += 1
        if times >= _FEWEST and (times - 1) * length > (best[1] - 1) * best[0]:
            best = (length, times)
    return best


def _range(first: str, last: str) -> str:
    """The two paths as one: ``layers.0-49.linear``."""
    if first == last:
        return first
    parts = zip(first.split("."), last.split("."), strict=False)
    return ".".join(a if a == b else f"{a}-{_NUMBER.findall(b)[-1]}" for a, b in parts)
