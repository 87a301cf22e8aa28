"""Classes or features that lie last, beside a tensor that has them in front of its places: put where that has them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, call_of, expression, piece
from shapecheck.reading.failing import CONVOLUTIONS, SAME_SHAPE_LOSSES, Shape, failed
from shapecheck.reading.mismatches import ELEMENTWISE, both_ways, sizes_of
from shapecheck.reading.origins import kind_of, spans_of
from shapecheck.reading.sources import last_name, under_methods, user_sources, walk
from shapecheck.reading.ways_back import spans_behind
from shapecheck.remedies.moves import put_behind

CAUSE = "channels_not_second"
_COST = 0.04
_OTHER = "the other one may have its features in the wrong place, and be what is to be turned"
# What makes no difference to the order of the axes.
_CASTS = ("float", "double", "to", "type", "type_as", "detach", "cpu", "contiguous", "bool", "int", "long")
# New axes in front of what is there already.
_NEW_AXES = re.compile(r"(:, )?None(, :)*")
# How many sums may be made of sums in what puts the features last.
_DEEPEST = 3
_OVER_CLASSES = ("softmax", "log_softmax")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``permute(0, 3, 1, 2)`` behind one-hot classes or looked up features that meet maps with channels."""
    return [
        candidate
        for item, other in both_ways(failed(evidence, *ELEMENTWISE, *SAME_SHAPE_LOSSES))
        if _puts_features_last(evidence, item)
        for order in _orders(sizes_of(item), sizes_of(other))
        for candidate in _turned(evidence, item, other, order)
    ]


def _turned(evidence: Evidence, item: Argument, other: Argument, order: tuple[int, ...]) -> Iterator[Candidate]:
    is_lower = len(sizes_of(item)) < len(sizes_of(other))
    is_sure = has_classes_second(evidence, other) and not _are_read_last(evidence, item)
    doubt = "" if is_lower or is_sure else _OTHER
    step = Step("permute", item.role, order)
    for each in put_behind(evidence, item, f".permute{order}", [step], cost=_COST, prefer="origin"):
        yield each.doubted(doubt)


def _orders(sizes: Shape, wanted: Shape) -> Iterator[tuple[int, ...]]:
    """The one order of the axes, the last put farther to the front, in which a tensor goes with another one."""
    count, first = len(sizes), int(len(sizes) == len(wanted))
    if count < 3 + first or not 0 <= len(wanted) - count <= 1:
        # Of two places and features alone, either axis could be meant.
        return
    order = (*range(first), count - 1, *range(first, count - 1))
    if tuple(sizes[axis] for axis in order) == wanted[-count:] != sizes:
        yield order


def _puts_features_last(evidence: Evidence, item: Argument) -> bool:
    """Whether an operand is made by what adds its own axis behind all others."""
    return item.span is not None and _is_made_so(evidence, item.span)


def _is_made_so(evidence: Evidence, span: Span, depth: int = 0) -> bool:
    places = spans_of(evidence, span)
    return depth <= _DEEPEST and any(_adds_last_axis(evidence, each, depth) for each in places)


def _adds_last_axis(evidence: Evidence, span: Span, depth: int) -> bool:
    node = expression(span.text)
    node = under_methods(node, _CASTS)
    if isinstance(node, ast.BinOp):
        return all(_is_made_so(evidence, piece(span, each), depth + 1) for each in (node.left, node.right))
    if isinstance(node, ast.Subscript) and _NEW_AXES.fullmatch(ast.unparse(node.slice).strip("()")):
        return _is_made_so(evidence, piece(span, node.value), depth + 1)
    if isinstance(node, ast.Subscript):
        # np.eye(classes)[labels]: a row of the unit matrix for each label.
        return isinstance(node.value, ast.Call) and last_name(node.value.func) == "eye"
    if not isinstance(node, ast.Call):
        return False
    return last_name(node.func) == "one_hot" or kind_of(evidence, piece(span, node.func)) == "Embedding"


def _are_read_last(evidence: Evidence, item: Argument) -> bool:
    """Whether a layer that takes its features last was made for so many, so that the sum may be on its way there."""
    operation, width = failed(evidence, *ELEMENTWISE), sizes_of(item)[-1]
    if operation is None or operation.name.rpartition(".")[2] not in ("add", "add_"):
        return False
    given = (
        argument(source.span(call), "in_features" if last_name(call.func) == "Linear" else "normalized_shape", 0)
        for source in user_sources(evidence)
        for call in source.calls("Linear", "LayerNorm")
    )
    return any(each is not None and worked_out(evidence, each) == width for each in given)


def has_classes_second(evidence: Evidence, item: Argument) -> bool:
    """Whether an operand comes of a convolution, or of scores that were made probabilities along axis 1."""
    for span in spans_behind(evidence, item.span, only_whole=True):
        for node in walk(expression(span.text)):
            call = piece(span, node) if isinstance(node, ast.Call) else None
            if call is None or not isinstance(node, ast.Call):
                continue
            axis = argument(call, "dim", len(node.args) - 1) if last_name(node.func) in _OVER_CLASSES else None
            if axis is not None and axis.text == "1":
                return True
            func = piece(call, node.func)
            made = spans_of(evidence, func)
            if any(_ends_in_convolution(each) for each in made):
                return True
    return False


def _ends_in_convolution(span: Span) -> bool:
    """Whether a layer that is made is a convolution, or a row of layers whose last one with a width is."""
    layer = call_of(span)
    if layer is None:
        return False
    rows = layer.args if last_name(layer.func) == "Sequential" else [layer]
    widths = [last_name(each.func) for each in rows if isinstance(each, ast.Call)]
    wide = [each for each in widths if each in (*CONVOLUTIONS, "Linear", "Flatten", "Unflatten", "Sequential")]
    return wide[-1:] != [] and wide[-1] in CONVOLUTIONS
