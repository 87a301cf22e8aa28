"""A factor too many, or too few, in the width of the layer that made an operand: ``2 * hidden`` for ``hidden``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import bracketed, call_of, expression, factors, piece
from shapecheck.reading.failing import (
    CELLS,
    RECURRENT,
    STATES,
    failed,
    kind,
    maker,
    number,
    operand,
    says,
    shape,
    tensors,
)
from shapecheck.reading.layers.layer_arguments import GIVEN, told_for
from shapecheck.reading.mismatches import JOINS, pair, sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import class_around, last_name, source_of, walk
from shapecheck.reading.vocabulary import MATMULS
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.widths.halves import doubt_of_factor
from shapecheck.remedies.widths.multiples import MOST_TIMES

_HALVES = "the two halves of what the layer gives may have been meant as the two states"
_WIDER = "the layer that takes the state may have been meant to be as wide as it"
_TOGETHER = ("add", "add_", "sub", "sub_", "mul", "mul_", "lerp", "where", "maximum", "minimum", "stack", *JOINS)
_LAYERS = ("Linear", "Embedding", *RECURRENT, "Conv1d", "Conv2d", "Conv3d")
# What leaves the width as it is, as a function of a tensor, a method or a layer.
_KEEP = (
    "tanh",
    "relu",
    "sigmoid",
    "gelu",
    "silu",
    "elu",
    "dropout",
    "leaky_relu",
    "contiguous",
    "unsqueeze",
    "float",
    "transpose",
    "t",
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A size of an operand that must be another one.

    Args:
        item: The operand.
        axis: The axis along which it lies in what a layer gave, counted from the end.
        have: What it is.
        size: What it must be.
    """

    item: Argument
    axis: int
    have: int
    size: int


def candidates(evidence: Evidence) -> list[Candidate]:
    """The width without a factor where it was made, or with one, for an operand that is so many times too wide."""
    operation = failed(evidence)
    return [] if operation is None else list(_of_makers(evidence, operation))


def _of_makers(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    every = list(_wanted(evidence, operation))
    both = [given for wanted in every if wanted.item.role in STATES for given in set(_told(evidence, wanted))]
    for wanted in every:
        have = wanted.have
        large, small = max(have, wanted.size), min(have, wanted.size)
        if small < 2 or large % small or not 2 <= large // small <= MOST_TIMES:
            continue
        for given in _told(evidence, wanted):
            for place, text in _texts(evidence, given, have, wanted.size):
                # One factor less is as likely as one more of the other: what the script then says decides.
                cost = 0.1 if have > wanted.size else 0.12
                doubt = doubt_of_factor(place, large // small) if have > wanted.size else ""
                doubt = _HALVES if both.count(given) == 2 and have == 2 * wanted.size else doubt
                if wanted.item.role in STATES and have > wanted.size and _is_free(evidence, operation):
                    doubt = doubt or _WIDER
                yield Candidate(f"{place.text} -> {text}", (Change(place, text),), (), cost, doubt)


def _is_free(evidence: Evidence, operation: Operation) -> bool:
    """Whether nothing else in the class is told the width of the layer that takes a state."""
    origin = maker(evidence, operation)
    given = told_for(origin, "hidden_size")
    source, node = (source_of(given.file), expression(given.text)) if given is not None else (None, None)
    layer = source.node_at(origin.span) if source is not None and origin is not None else None
    owner = class_around(layer)
    if owner is None or node is None:
        return False
    others = (each for each in walk(owner) if isinstance(each, ast.Call) and each is not layer)
    told = {ast.unparse(part) for each in others for part in (*each.args, *(word.value for word in each.keywords))}
    return ast.unparse(node) not in told


def _wanted(evidence: Evidence, operation: Operation) -> Iterator[_Wanted]:
    name = kind(operation)
    if name in RECURRENT or name in CELLS:
        for role in STATES:
            item, sizes = operand(operation, role), shape(operation, role)
            width = number(operation, "proj_size") if role != "c_0" else 0
            if item is not None and sizes:
                yield _Wanted(item, -1, sizes[-1], width or number(operation, "hidden_size"))
    elif name in _TOGETHER:
        yield from _beside(evidence, operation)
    elif name in MATMULS and len(tensors(operation)) == 2:
        left, right = tensors(operation)
        a, b = (sizes_of(each) for each in (left, right))
        if len(a) > 1 and len(b) > 1:
            # What stands on the right has mostly been turned for the product.
            yield _Wanted(left, -1, a[-1], b[-2])
            yield _Wanted(right, -1, b[-2], a[-1])


def _beside(evidence: Evidence, operation: Operation) -> Iterator[_Wanted]:
    """The one axis along which two operands do not go together; where one is not known, by what torch says."""
    operands = pair(operation)
    told = says(evidence, r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\) .* dimension (\d+)")
    if operands is not None:
        left, right = (sizes_of(each) for each in operands)
        shared = min(len(left), len(right))
        apart = [at for at in range(-shared, 0) if left[at] != right[at]]
        sizes = (left[apart[0]], right[apart[0]]) if len(apart) == 1 else (1, 1)
        axis = apart[0] if apart else -1
    elif told is not None and len(operation.arguments) == 2 and len(tensors(operation)) == 1:
        operands = (operation.arguments[0], operation.arguments[1])
        known = tensors(operation)[0].value.record
        sizes, axis = (int(told.group(1)), int(told.group(2))), int(told.group(3)) - len(known.shape if known else ())
    else:
        return
    if 1 not in sizes and axis < 0:
        yield _Wanted(operands[0], axis, *sizes)
        yield _Wanted(operands[1], axis, *sizes[::-1])


def _told(evidence: Evidence, wanted: _Wanted) -> Iterator[Span]:
    """The text that the layer which made an operand was given for its width."""
    item = wanted.item
    following = [origin.span for origin in made_or_written(evidence, item)]
    following += [origin.span for origin in trace(evidence, item.span, parts=True)] if item.span is not None else []
    seen: set[Span] = set()
    while following:
        span = following.pop(0)
        node = _within(expression(span.text))
        if span in seen or node is None:
            continue
        seen.add(span)
        following += [origin.span for origin in trace(evidence, piece(span, node))]
        if not isinstance(node, ast.Call):
            continue
        for made in trace(evidence, piece(span, node.func)):
            layer = _last_layer(made.span)
            if layer is None or last_name(layer.func) not in _LAYERS or _axis_of(layer) != wanted.axis:
                continue
            given = told_for(piece(made.span, layer), GIVEN[last_name(layer.func)].name)
            if given is not None and given not in seen and worked_out(evidence, given) == wanted.have:
                seen.add(given)
                yield given


def _within(node: ast.expr | None) -> ast.expr | None:
    """The call that made a tensor, without what leaves its width as it is."""
    while isinstance(node, ast.Call) and last_name(node.func) in _KEEP:
        is_method = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) not in ("F", "torch", "self")
        node = node.func.value if is_method and isinstance(node.func, ast.Attribute) else next(iter(node.args), None)
    return node


def _last_layer(span: Span) -> ast.Call | None:
    """The layer that a constructor makes; of nn.Sequential the last one that has a width."""
    call = call_of(span)
    if call is None or last_name(call.func) != "Sequential":
        return call
    layers = [each for each in call.args if isinstance(each, ast.Call) and last_name(each.func) in _LAYERS]
    return layers[-1] if layers else None


def _axis_of(layer: ast.Call) -> int:
    name = last_name(layer.func)
    return -1 - int(name[-2]) if name.startswith("Conv") else -1


def _texts(evidence: Evidence, given: Span, have: int, size: int) -> Iterator[tuple[Span, str]]:
    """How a width is written without the factor that is too many, or with the one that it lacks."""
    for span in dict.fromkeys(spans_of(evidence, given, parts=True)):
        node = expression(span.text)
        text = _changed(evidence, span, node, have, size)
        if text and worked_out(evidence, span) == have:
            source = source_of(span.file)
            up = getattr(source.node_at(span) if source is not None else None, "parent", None)
            is_handed = isinstance(up, ast.Call | ast.keyword)
            if is_handed or isinstance(node, ast.BinOp):
                yield span, text
                return
        if isinstance(node, ast.BinOp | ast.Call | ast.Constant):
            return


def _changed(evidence: Evidence, span: Span, node: ast.expr | None, have: int, size: int) -> str:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv) and size > have:
        return piece(span, node.left).text if worked_out(evidence, piece(span, node.left)) == size else ""
    if size > have:
        return (
            f"{size // have} * {bracketed(span.text)}"
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript)
            else ""
        )
    parts = [piece(span, each) for each in factors(node)]
    for at, part in enumerate(parts) if len(parts) > 1 else ():
        if worked_out(evidence, part) == have // size:
            return " * ".join(each.text for place, each in enumerate(parts) if place != at)
    return ""
