"""A convolution whose kernel covers a whole axis, which is padded along that axis too and so is not used up by it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import applied_to, written_axis
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, expression, piece, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.02
_AXES = {"Conv1d": 3, "Conv2d": 4, "Conv3d": 5}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``padding=(n, 0)`` where the kernel is ``(k, width)``, and the last axis is dropped behind it: ``squeeze(3)``."""
    operation = failed(evidence)
    found = [
        way
        for item in (tensors(operation) if operation is not None else ())
        for span in (spans_behind(evidence, item.span))
        for way in _dropped(evidence, span, sizes_of(item))
    ]
    return list(dict.fromkeys(found))


def _dropped(evidence: Evidence, span: Span, sizes: tuple[int, ...]) -> Iterator[Candidate]:
    """The paddings of the convolutions of which an expression drops an axis that is there still."""
    for node in walk(expression(span.text)):
        if not isinstance(node, ast.Call) or last_name(node.func) != "squeeze":
            continue
        inside, told = applied_to(node), written_axis(node)
        axis = whole_number(told)
        if axis is None or not -len(sizes) <= axis < len(sizes) or sizes[axis] < 2:
            continue
        for call in walk(inside):
            for made in trace(evidence, piece(span, call.func), parts=True) if isinstance(call, ast.Call) else ():
                yield from _along_others(evidence, made.span, axis, sizes)


def _along_others(evidence: Evidence, made: Span, axis: int, there_are: tuple[int, ...]) -> Iterator[Candidate]:
    """The padding of a convolution without that along an axis which its kernel covers."""
    for node in walk(expression(made.text)):
        count = _AXES.get(last_name(node.func), 0) if isinstance(node, ast.Call) else 0
        if count != len(there_are):
            continue
        call = piece(made, node)
        kernel, padding = argument(call, "kernel_size", 2), argument(call, "padding", 4)
        sizes = expression(kernel.text) if kernel is not None else None
        there = expression(padding.text) if padding is not None else None
        if padding is None or not isinstance(sizes, ast.Tuple) or isinstance(there, ast.Tuple | ast.List | None):
            continue
        at = (axis if axis >= 0 else count + axis) - 2
        # A text, such as "same", is no number to be given along one axis.
        if not 0 <= at < len(sizes.elts) or isinstance(getattr(there, "value", None), str):
            continue
        told, channels = worked_out(evidence, padding), argument(call, "out_channels", 1)
        left = _as_made(there_are, worked_out(evidence, channels) if channels is not None else None)[axis]
        if told is not None and left > 2 * told + 1:
            # More is left than the padding put there: the kernel does not cover what there was.
            continue
        text = f"({', '.join('0' if place == at else padding.text for place in range(len(sizes.elts)))})"
        yield Candidate(f"padding={text}", (Change(padding, text),), (), _COST)


def _as_made(sizes: tuple[int, ...], channels: int | None) -> tuple[int, ...]:
    """The sizes as a convolution gives them, where its channels were exchanged with another axis since."""
    at = sizes.index(channels) if channels in sizes[1:] and sizes[1] != channels else 1
    order = [{1: at, at: 1}.get(each, each) for each in range(len(sizes))]
    return tuple(sizes[each] for each in order)
