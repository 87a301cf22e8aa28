"""Finds a state of several layers that something beside the recurrent layer reads, such as attention."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import argument, expression, piece
from shapecheck.reading.failing import RECURRENT, failed, kind, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, spans_of, trace
from shapecheck.reading.reckoning import reckoned_number
from shapecheck.reading.sources import (
    found_at,
    function_around,
    is_named,
    last_name,
    node_at,
    source_of,
    target_of,
    walk,
)

_REPEATS = ("repeat", "expand", "tile")
_REDUCES = ("sum", "mean", "max", "amax", "min", "amin", "select", "unbind")
_TOGETHER = ("add", "sub", "mul", "cat", "concat", "bmm", "matmul", *_REPEATS)


@dataclass(frozen=True, slots=True)
class DeepState:
    """A state of several layers in an expression.

    Args:
        place: Where it stands: ``hidden``, or ``state[0]`` for one of a pair.
        layers: How many layers it has.
        has_both_directions: Whether each layer has two states.
        has_axis_more: Whether there is no axis for the layers in what it goes together with.
    """

    place: Span
    layers: int
    has_both_directions: bool
    has_axis_more: bool


def deep_states(evidence: Evidence) -> tuple[DeepState, ...]:
    """The states on the way to the operands of what failed whose layers do not fit there."""
    operation = failed(evidence, *_TOGETHER)
    if operation is None:
        return ()
    return tuple(dict.fromkeys(each for item in tensors(operation) for each in _states(evidence, operation, item)))


def _states(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[DeepState]:
    """The states in an operand, else in what gave it its name."""
    if item.span is None:
        return
    for span in (item.span, *(each.span for each in trace(evidence, item.span)[:2])):
        for place in (found for node in walk(expression(span.text)) for found in _places(evidence, span, node)):
            pair = expression(place.text)
            name = _of_pair(pair) or pair
            layer = _reader(evidence, piece(place, name)) or _giver(evidence, piece(place, name)) if name else None
            is_pair = name is not pair
            if layer is None or (is_pair and "LSTM" not in layer.text) or _is_taken_apart(place):
                continue
            layers = _layers(evidence, layer)
            if layers > 1 and _is_at_odds(operation, item, layers):
                yield DeepState(place, layers, "bidirectional" in layer.text, _has_axis_more(operation))
                return


def _places(evidence: Evidence, span: Span, node: ast.AST) -> Iterator[Span]:
    """Where a name, or one of a pair, stands; and what it was given behind a ``.squeeze(0)``, which took nothing."""
    if not isinstance(_of_pair(node) or node, ast.Name):
        return
    place = piece(span, node)
    yield place
    for origin in trace(evidence, place, parts=True):
        call = expression(origin.span.text)
        is_handed_on = not origin.is_whole and not is_first_squeezed(call)
        if isinstance(call, ast.Name) or is_handed_on or _is_kept_by_key(call):
            continue
        base = call.func.value if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) else None
        if base is None or not is_first_squeezed(call) or not isinstance(_of_pair(base) or base, ast.Name):
            return
        yield piece(origin.span, base)


def _is_kept_by_key(node: ast.expr | None) -> bool:
    """Whether an expression takes what a dict keeps, ``out["hidden"]``, which is the value as it was put in."""
    return (
        isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    )


def is_first_squeezed(node: ast.AST | None) -> bool:
    """Whether a method takes away the axis of one layer: ``state.squeeze(0)``."""
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "squeeze"
    return isinstance(node, ast.Call) and is_method and [ast.unparse(each) for each in node.args] == ["0"]


def _of_pair(node: ast.AST | None) -> ast.expr | None:
    """``state`` of ``state[0]``, which is one of the two states of an LSTM."""
    is_part = isinstance(node, ast.Subscript) and ast.unparse(node.slice) in ("0", "1")
    return node.value if isinstance(node, ast.Subscript) and is_part else None


def _is_taken_apart(place: Span) -> bool:
    """Whether a layer is taken of a state there, or all of them are put together: ``state[-1]``, ``state.mean(0)``."""
    return _takes_apart(getattr(node_at(place), "parent", None))


def _takes_apart(node: ast.AST | None) -> bool:
    if isinstance(node, ast.Subscript):
        return not isinstance(node.value, ast.Call)
    return isinstance(node, ast.Attribute) and node.attr in _REDUCES


def _reader(evidence: Evidence, name: Span) -> Span | None:
    """The constructor of the recurrent layer that is given a name as its state, or what the name was given from."""
    is_part = False
    for span in spans_of(evidence, name, parts=True):
        source, node = found_at(span)
        is_part = is_part or _of_pair(node) is not None
        home, node = function_around(node), _of_pair(node) or node
        if not isinstance(node, ast.Name) and any(_takes_apart(each) for each in walk(node)):
            return None
        if source is None or home is None or not isinstance(node, ast.Name):
            continue
        for call in walk(home):
            is_given = isinstance(call, ast.Call) and [ast.unparse(each) for each in call.args[1:]] == [node.id]
            reads = kind_of(evidence, source.span(call.func)) if isinstance(call, ast.Call) and is_given else ""
            if isinstance(call, ast.Call) and reads in RECURRENT:
                if is_part and reads != "LSTM":
                    return None
                return trace(evidence, source.span(call.func), parts=True)[-1].span
    return None


def _giver(evidence: Evidence, name: Span) -> Span | None:
    """The constructor of the recurrent layer that gave a name its state: ``_, (h, _) = rnn(x)``, also by a call."""
    known = name.text
    for span in spans_of(evidence, name, parts=True)[1:]:
        source, node = found_at(span)
        if isinstance(node, ast.Name):
            known = node.id
            continue
        target = target_of(node)
        parts = target.elts if isinstance(target, ast.Tuple) else []
        if source is None or not isinstance(node, ast.Call) or len(parts) != 2:
            return None
        states = parts[1].elts if isinstance(parts[1], ast.Tuple) else parts[1:]
        if not any(is_named(each, known) for each in states):
            return None
        if isinstance(node.func, ast.Call):
            return source.span(node.func) if last_name(node.func.func) in RECURRENT else None
        is_layer = kind_of(evidence, source.span(node.func)) in RECURRENT
        made = trace(evidence, source.span(node.func), parts=True) if is_layer else ()
        return made[-1].span if made else None
    return None


def _layers(evidence: Evidence, layer: Span) -> int:
    given, source = argument(layer, "num_layers", 2), source_of(layer.file)
    node = source.node_at(given) if source is not None and given is not None else None
    found = reckoned_number(evidence, source, node) if source is not None and node is not None else None
    return 1 if found is None else found


def _is_at_odds(operation: Operation, item: Argument, layers: int) -> bool:
    """Whether it has the layers where the others have something else, or an axis of them that the others have not."""
    if kind(operation) in _REPEATS:
        return _has_axis_more(operation)
    own = sizes_of(item)
    for other in map(sizes_of, tensors(operation)):
        pairs = list(zip_longest(own[::-1], other[::-1]))
        if any(left != right and left is not None and left % layers == 0 for left, right in pairs):
            return True
    return False


def _has_axis_more(operation: Operation) -> bool:
    """Whether one operand has an axis more than the others, or than there are numbers to repeat it by."""
    counts = [len(sizes_of(each)) for each in tensors(operation)]
    if kind(operation) in _REPEATS:
        return len(operation.arguments) - 1 < counts[0]
    return len(set(counts)) > 1
