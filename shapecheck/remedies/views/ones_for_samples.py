"""A view that writes one where there are several samples, so that all of them become features of a single one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Shaped
from shapecheck.reading.edits import piece, whole_number
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.mixed_views import filled, is_mixed
from shapecheck.reading.shaped_behind import VIEWS, shaped_behind
from shapecheck.reading.sizes.size_texts import size_texts

_COST = 0.02
_WHICH = "the samples may be meant along another axis"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x.view(1, words.size(0), -1)`` for ``x.view(1, 1, -1)``, which is right for one sample only."""
    items = [item for item in tensors(failed(evidence)) if item.span is not None]
    return [each for shaped, call in shaped_behind(evidence, *VIEWS) for each in _told(evidence, items, shaped, call)]


def _told(evidence: Evidence, items: list[Argument], shaped: Shaped, call: ast.Call) -> Iterator[Candidate]:
    whole = filled(shaped.sizes, shaped.told)
    item = next((each for each in items if whole and sizes_of(each) == whole), None)
    if item is None or len(call.args) != len(shaped.told):
        return
    ways = list(_ways(shaped, call, whole))
    others = [sizes_of(each) for each in items if each is not item and len(sizes_of(each)) == len(whole)]
    # What it meets says along which axis the samples lie.
    ways = [way for way in ways if any(sizes[way[0]] == way[1] for sizes in others)] or ways
    for at, size, new in ways:
        place = piece(shaped.span, call.args[at])
        text = next(size_texts(evidence, place, size, like=(size,)), "")
        if text:
            step = Step("stand_in", item.role, new)
            doubt = _WHICH if len(ways) > 1 else ""
            yield Candidate(f"{place.text} -> {text}", (Change(place, text),), (step,), _COST, unless_read=doubt)


def _ways(shaped: Shaped, call: ast.Call, whole: Shape) -> Iterator[tuple[int, int, Shape]]:
    """The places of a one that is written, with the first size that is swallowed and the sizes with it there."""
    lost = next((size for size in shaped.sizes if size > 1), 1)
    if lost in whole or lost == 1 or shaped.told[-1:] != (-1,):
        return
    for at, node in enumerate(call.args[:-1]):
        told = (*shaped.told[:at], lost, *shaped.told[at + 1 :])
        new = filled(shaped.sizes, told)
        if whole_number(node) == 1 and new and not is_mixed(shaped.sizes, told):
            yield at, lost, new
