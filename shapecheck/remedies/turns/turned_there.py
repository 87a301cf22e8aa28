"""Two tensors of which one was made from the other with its axes turned: turned back, they lie alike again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.sources import function_around, node_at, source_of, walk
from shapecheck.reading.turned_before import axes_turned
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import put_behind

# Below any other turn: of several that fit by their sizes it is this one that undoes what was done.
_COST = 0.05
_BY_CHANNELS = r"(Adaptive)?(Avg|Max)Pool\d|Conv\d|BatchNorm\d"
_CHANNELS = "a layer behind takes the channels in front of the places, and the other one may be what is to be turned"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``q.permute(0, 3, 1, 2)`` beside ``z``, where ``q`` came from ``z.permute(0, 2, 3, 1)``."""
    found = []
    for item, other in both_ways(failed(evidence, *ELEMENTWISE, "mse_loss", "l1_loss", "smooth_l1_loss")):
        orders = set(_orders(evidence, item, other))
        if len(orders) == 1:
            order = orders.pop()
            back = tuple(order.index(axis) for axis in range(len(order)))
            moved = [axis for axis, at in enumerate(back) if axis != at]
            text = f".transpose({moved[0]}, {moved[1]})" if len(moved) == 2 else f".permute{back}"
            doubt = _CHANNELS if _is_read_by_channels(evidence, item) else ""
            ways = put_behind(evidence, item, text, [Step("permute", item.role, back)], cost=_COST)
            found += [each.doubted(doubt) for each in ways]
    return found


def _is_read_by_channels(evidence: Evidence, item: Argument) -> bool:
    """Whether a layer that takes channels in front of places reads what is made behind the line."""
    node = node_at(item.span)
    function, held = function_around(node), evidence.held
    line = item.span.line if item.span is not None else 0
    calls = [each for each in walk(function) if isinstance(each, ast.Call)] if function is not None else []
    layers = [held.get(ast.unparse(each.func)) for each in calls if each.lineno > line and each.args]
    return any(re.match(_BY_CHANNELS, layer.type) for layer in layers if layer is not None)


def _orders(evidence: Evidence, item: Argument, other: Argument) -> Iterator[tuple[int, ...]]:
    """The orders in which the axes of the other tensor were put on the way to this one, and in which they lie now."""
    sizes, wanted = sizes_of(item), sizes_of(other)
    if item.span is None or len(sizes) != len(wanted) or sizes == wanted:
        return
    for span in spans_behind(evidence, item.span):
        if _is_given_anew(item.span, span, other.expression):
            continue
        root = expression(span.text)
        for node in walk(root):
            turned = axes_turned(ast.unparse(node)) if isinstance(node, ast.Call) else None
            if turned is None or turned[0] != other.expression:
                continue
            order = list(turned[2] if turned[1] == "permute" else range(len(wanted)))
            if turned[1] == "transpose" and max(turned[2]) < len(wanted):
                one, two = turned[2]
                order[one], order[two] = order[two], order[one]
            if sorted(order) == list(range(len(wanted))) and tuple(wanted[axis] for axis in order) == sizes:
                yield tuple(order)


def _is_given_anew(place: Span, span: Span, name: str) -> bool:
    """Whether a function assigns a name between what was made of it and a place: it holds something else there."""
    function, source = function_around(node_at(place)), source_of(place.file)
    if source is None or span.file != place.file or function is not function_around(node_at(span)):
        return False
    stored = (each for each in walk(function or source.tree) if isinstance(getattr(each, "ctx", None), ast.Store))
    return any(span.line <= each.lineno <= place.line and ast.unparse(each) == name for each in stored)  # type: ignore[attr-defined]
