"""A convolution that was not padded, beside what is still as large as its input: ``padding=kernel // 2``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, call_of, is_number, with_keyword
from shapecheck.reading.failing import CONVOLUTIONS, failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, pair, sizes_of
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import every_origin

_COST = 0.2
_SEVERAL = "more than one convolution is not padded"


def candidates(evidence: Evidence) -> list[Candidate]:
    """As much padding as leaves as many places as there were, where so many are missing along each axis."""
    operands = pair(failed(evidence, *ELEMENTWISE, *JOINS))
    if operands is None:
        return []
    left, right = (sizes_of(each) for each in operands)
    gaps = {abs(a - b) for a, b in zip(left[2:], right[2:], strict=False)}
    if len(left) != len(right) or len(gaps) != 1:
        return []
    (gap,) = gaps
    found = [each for place in dict.fromkeys(every_origin(evidence)) for each in _padded(evidence, place, gap)]
    return [replace(each, unless_read=_SEVERAL) for each in found] if len(found) > 1 else found


def _padded(evidence: Evidence, place: Span, gap: int) -> Iterator[Candidate]:
    call = call_of(place)
    if call is None or last_name(call.func) not in CONVOLUTIONS or "Transpose" in last_name(call.func):
        return
    kernel = argument(place, "kernel_size", 2)
    size = worked_out(evidence, kernel) if kernel is not None else None
    others = (argument(place, name, at) for name, at in (("stride", 3), ("dilation", 5)))
    padding = argument(place, "padding", 4)
    is_padded = padding is not None and padding.text != "0"
    if kernel is None or type(size) is not int or size % 2 == 0 or size - 1 != gap or gap == 0 or any(others):
        return
    text = str(size // 2) if is_number(kernel.text) else f"{kernel.text} // 2"
    change = with_keyword(place, "padding", text) if padding is None else Change(padding, text)
    if change is not None and not is_padded:
        yield Candidate(f"padding={text}", (change,), (), _COST)
