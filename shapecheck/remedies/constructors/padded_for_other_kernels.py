"""A convolution that is padded by a number that goes with another kernel than it is told: ``padding=kernel // 2``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import argument, bracketed, call_of, is_number
from shapecheck.reading.failing import CONVOLUTIONS, failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, pair, sizes_of
from shapecheck.reading.sources import last_name
from shapecheck.reading.ways_back import every_origin

_COST = 0.1
_SMALLER = "a smaller kernel may be meant, with which the padding goes"
_TOLD = re.compile(r"kernel_size=\((\d+),(?: \1,?)*\), stride=\(1,(?: 1,?)*\), padding=\((\d+),(?: \2,?)*\)(?!, dil)")


def candidates(evidence: Evidence) -> list[Candidate]:
    """As much padding as leaves as many places as there were, where all that is missing is what the kernels ask for."""
    operands = pair(failed(evidence, *ELEMENTWISE, *JOINS))
    left, right = (sizes_of(each) for each in operands) if operands is not None else ((), ())
    gaps = {abs(one - other) for one, other in zip(left[2:], right[2:], strict=False)}
    if len(left) != len(right) or len(gaps) != 1 or gaps == {0}:
        return []
    found = dict(each for place in dict.fromkeys(every_origin(evidence)) for each in _padded(evidence, place))
    if sum(found.values()) != gaps.pop():
        return []
    doubt = _SMALLER if any(is_number(change.text) for change in found) else ""
    title = ", ".join(f"padding={change.text}" for change in found)
    return [Candidate(title, tuple(found), (), _COST, doubt)]


def _padded(evidence: Evidence, place: Span) -> Iterator[tuple[Change, int]]:
    """Half of the kernel for the number that is written, and how many places are lost by it."""
    call = call_of(place)
    name = last_name(call.func) if call is not None else ""
    kernel, padding = argument(place, "kernel_size", 2), argument(place, "padding", 4)
    if name not in CONVOLUTIONS or "Transpose" in name or kernel is None or padding is None:
        return
    made = (_TOLD.search(entry.call.config) for entry in evidence.trace or () if entry.call.type == name)
    told = [(int(each.group(1)), int(each.group(2))) for each in made if each is not None]
    size = next((kernel for kernel, pad in reversed(told) if str(pad) == padding.text), 0)
    lost = size - 1 - 2 * int(padding.text) if is_number(padding.text) else 0
    if lost > 0 and size % 2:
        text = str(size // 2) if is_number(kernel.text) else f"{bracketed(kernel.text)} // 2"
        yield Change(padding, text), lost
