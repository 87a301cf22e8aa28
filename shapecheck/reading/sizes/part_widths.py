"""How wide a part of a join is: by the tensor that is held, or by what the layer that made it was told."""

from __future__ import annotations

import ast
from math import prod

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, call_of, expression, piece, takes_all, whole_number
from shapecheck.reading.failing import Shape
from shapecheck.reading.layers.layer_arguments import GIVEN_AT_EACH_PLACE
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import last_name

_AS_IT_IS = ("contiguous", "float", "detach", "clone", "to", "relu", "tanh", "sigmoid")


def width_of_part(evidence: Evidence, part: Span, axis: int | None) -> int | None:
    """The size of a part along the axis of a join; None where nobody holds it, or was told it."""
    for span, place in _without_axes(part, axis):
        for frame in evidence.frames:
            held = frame.names.get(span.text) if frame.is_user and place is not None else None
            if held is not None and held.record is not None and place is not None:
                sizes = held.record.shape
                return sizes[place] if -len(sizes) <= place < len(sizes) else None
    inside = _width_inside(evidence, part, axis)
    if inside is not None:
        return inside
    for span in spans_of(evidence, part):
        node = call_of(span)
        for made in trace(evidence, piece(span, node.func)) if node is not None else ():
            call = call_of(made.span)
            told = GIVEN_AT_EACH_PLACE.get(last_name(call.func)) if call is not None else None
            text = argument(made.span, told.name, told.place) if told is not None else None
            size = worked_out(evidence, text) if text is not None else None
            if type(size) is int:
                return size
    return None


def axes_merged(evidence: Evidence, part: Span) -> Shape:
    """The sizes that a part has merged into its one axis of features: those of ``(24, 5)`` of ``x.flatten(1)``."""
    node = expression(part.text)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ()
    given, sizes = [ast.unparse(each) for each in node.args], _held(evidence, node.func.value)
    is_flat = node.func.attr == "flatten" and given in (["1"], ["1", "-1"])
    is_row = node.func.attr in ("reshape", "view") and len(given) == 2 and given[1] == "-1" and given[0] != "-1"
    return sizes[1:] if (is_flat or is_row) and len(sizes) > 1 else ()


def _width_inside(evidence: Evidence, part: Span, axis: int | None) -> int | None:
    """The width of what merges its axes, or is cut along others: ``x[:, :-1]`` of three axes, along the last one."""
    merged, node = axes_merged(evidence, part), expression(part.text)
    if merged:
        return prod(merged) if axis in (1, -1) else None
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Tuple) or axis is None:
        return None
    sizes, parts = _held(evidence, node.value), node.slice.elts
    if not all(isinstance(each, ast.Slice) for each in parts) or not -len(sizes) <= axis < len(sizes):
        return None
    return sizes[axis] if axis % len(sizes) >= len(parts) or takes_all(parts[axis % len(sizes)]) else None


def _held(evidence: Evidence, node: ast.expr) -> Shape:
    text = ast.unparse(node)
    held = (frame.names.get(text) for frame in reversed(evidence.frames) if frame.is_user)
    return next((each.record.shape for each in held if each is not None and each.record is not None), ())


def _without_axes(part: Span, axis: int | None) -> list[tuple[Span, int | None]]:
    """A part, and what it is without the axes that were put in or taken out, each with the place of the axis in it."""
    found = [(part, axis)]
    node = expression(part.text)
    while axis is not None:
        inner, axis = _inner(node, axis)
        if inner is None:
            break
        node = inner
        found.append((piece(part, inner), axis))
    return found


def _inner(node: ast.expr | None, axis: int) -> tuple[ast.expr | None, int | None]:
    """What a method or an index was applied to, and which of its axes an axis was."""
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Constant) and node.slice.value is None:
            return node.value, axis if axis < 0 else axis - 1 if axis else None
        return node.value, (axis if axis < 0 else axis + 1) if whole_number(node.slice) is not None else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None, None
    name, given = node.func.attr, [whole_number(each) for each in node.args]
    if name in _AS_IT_IS:
        return node.func.value, axis
    if name not in ("unsqueeze", "squeeze") or len(given) != 1 or given[0] is None or given[0] < 0:
        return None, None
    if axis < 0:
        # The last axis stays the last one behind an axis that is put in, or taken out, in front.
        return node.func.value, axis if given[0] == 0 else None
    if name == "squeeze":
        return node.func.value, axis + (axis >= given[0])
    return node.func.value, None if axis == given[0] else axis - (axis > given[0])
