"""The one convolution by which maps come out smaller or larger than what a loss compares them with."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, is_number, with_keyword
from shapecheck.reading.failing import CONVOLUTIONS, INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, kind, shape
from shapecheck.reading.sources import last_name, user_sources

_COST = 0.1
_CROPPED = "the target may be meant to lose the places at its ends that the convolution does not reach"
_SEVERAL = "more than one convolution gives maps of another size than it is given"
_LAYERS = tuple(name for name in CONVOLUTIONS if "Transpose" not in name)


def candidates(evidence: Evidence) -> list[Candidate]:
    """``padding=kernel // 2``, or the kernel that goes with the padding, where that is all that is between the two."""
    operation = failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES)
    gap = _gap(operation) if operation is not None else 0
    if not gap:
        return []
    calls = [(source, each) for source in user_sources(evidence) for each in source.calls(*_LAYERS)]
    found = [way for source, each in calls for way in _as_large(evidence, source.span(each), each, gap)]
    if len(calls) == 1 and last_name(calls[0][1].func) == "Conv1d":
        return [each.doubted(_CROPPED) for each in found]
    return [replace(each, unless_read=_SEVERAL) for each in found] if len(found) > 1 else found


def _gap(operation: Operation) -> int:
    """How many places more the scores have than the target along each axis of the maps; 0 where they differ."""
    scores, target = shape(operation, "input") or (), shape(operation, "target") or ()
    maps, wanted = scores[2:], target[1:] if kind(operation) in INDEX_LOSSES else target[2:]
    gaps = {have - want for have, want in zip(maps, wanted, strict=False)}
    return gaps.pop() if len(gaps) == 1 and len(maps) == len(wanted) and scores[:1] == target[:1] else 0


def _as_large(evidence: Evidence, place: Span, call: ast.Call, gap: int) -> Iterator[Candidate]:
    """What leaves the maps of a convolution as large as they were, where it takes or adds as much as the gap."""
    told = {name: argument(place, name, at) for name, at in (("kernel_size", 2), ("padding", 4))}
    if any(argument(place, name, at) for name, at in (("stride", 3), ("dilation", 5))) or _is_spread(call):
        return
    kernel, padding = told["kernel_size"], told["padding"]
    size = worked_out(evidence, kernel) if kernel is not None else None
    pad = worked_out(evidence, padding) if padding is not None else 0
    if kernel is None or type(size) is not int or type(pad) is not int or 2 * pad - size + 1 != gap:
        return
    if pad and is_number(kernel.text):
        # Both are written: the kernel that goes with the padding keeps the maps as they are.
        yield Candidate(f"kernel_size={2 * pad + 1}", (Change(kernel, str(2 * pad + 1)),), (), _COST)
    elif not pad and size % 2:
        text = str(size // 2) if is_number(kernel.text) else f"{kernel.text} // 2"
        change = with_keyword(place, "padding", text) if padding is None else Change(padding, text)
        if change is not None:
            yield Candidate(f"padding={text}", (change,), (), _COST)


def _is_spread(call: ast.Call) -> bool:
    is_starred = any(isinstance(each, ast.Starred) for each in call.args)
    return is_starred or any(each.arg is None for each in call.keywords) or last_name(call.func) not in _LAYERS
