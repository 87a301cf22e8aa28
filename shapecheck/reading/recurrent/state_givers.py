"""Finds the recurrent layer that gave a state, and what it was told for its layers and directions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, expression, piece
from shapecheck.reading.failing import RECURRENT, maker
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import given_for, trace
from shapecheck.reading.sources import function_around, last_name, node_at, source_of, walk

# What stands behind the last layer of a Sequential and leaves its width.
_SAME_WIDTH = ("Tanh", "ReLU", "GELU", "ELU", "LeakyReLU", "Sigmoid", "Dropout", "LayerNorm", "BatchNorm1d")


def giver_of(evidence: Evidence, operation: Operation, item: Argument) -> Origin | None:
    """The constructor call of the recurrent layer that a state came from, if it is another than the one that takes it.

    Args:
        evidence: The problem.
        operation: The layer that takes the state.
        item: The state.
    """
    taker = maker(evidence, operation)
    own = layers_told(evidence, operation)
    behind = (*trace(evidence, item.span, parts=True), *evidence.origins.get(item.expression, ())) if item.span else ()
    for origin in behind:
        for giver in layers_called(evidence, origin):
            if taker is None or (giver.span != taker.span and not (own is not None and giver.span.holds(own))):
                return giver
    return None


def layers_given(evidence: Evidence, span: Span) -> int | None:
    """How many rows the state of the recurrent layer has that an expression came from, as far as its call tells.

    Args:
        evidence: The problem.
        span: The expression.
    """
    giver = next((made for each in trace(evidence, span, parts=True) for made in layers_called(evidence, each)), None)
    if giver is None:
        return None
    count = layers_in_state(evidence, giver)
    return None if count is None else count * (2 if is_of_both_directions(giver) else 1)


def layers_in_state(evidence: Evidence, giver: Origin) -> int | None:
    """How many layers the recurrent layer has that a state came from, as far as its call tells."""
    given = layers_written(giver)
    count = worked_out(evidence, given) if given is not None else 1
    return None if count is None else int(count)


def layers_told(evidence: Evidence, operation: Operation) -> Span | None:
    """What the layer that takes a state was told for its number of layers, by who calls the function that makes it."""
    told, handed = _layers_where_made(evidence, operation), evidence.told.get("num_layers", ())
    if told in handed[:-1] and getattr(function_around(node_at(told)), "name", "") != "__init__":
        # What a function hands on is told to all layers that it makes: the call that made this one gave it.
        return handed[handed.index(told) + 1]
    return told


def _layers_where_made(evidence: Evidence, operation: Operation) -> Span | None:
    known = tuple(each for each in evidence.origins.get(operation.callee, ()) if each.is_whole)
    for at, each in enumerate(known):
        call = expression(each.span.text)
        if isinstance(call, ast.Call) and (last_name(call.func) in RECURRENT or _is_chosen(call.func, RECURRENT)):
            return layers_written(_as_built(known[: at + 1]))
    taker = maker(evidence, operation)
    return layers_written(taker) if taker is not None else None


def is_of_both_directions(giver: Origin) -> bool:
    """Whether a recurrent layer was made to walk in both directions, as far as its call tells."""
    given = argument(giver.span, "bidirectional")
    return given is not None and given.text != "False"


def layers_called(evidence: Evidence, origin: Origin, kinds: tuple[str, ...] = RECURRENT) -> Iterator[Origin]:
    """The constructor calls of the layers of some kinds that an expression calls."""
    node = expression(origin.span.text)
    for call in walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute):
            behind = trace(evidence, piece(origin.span, call.func))
            for at, made in enumerate(behind):
                head = expression(made.span.text)
                if isinstance(head, ast.Call) and (last_name(head.func) in kinds or _is_chosen(head.func, kinds)):
                    yield _as_built(behind[: at + 1]) if kinds == RECURRENT else made
                elif isinstance(head, ast.Call) and last_name(head.func) == "Sequential":
                    layers = [each for each in head.args if isinstance(each, ast.Call)]
                    last = next((each for each in layers[::-1] if last_name(each.func) not in _SAME_WIDTH), None)
                    if last is not None and last_name(last.func) in kinds and len(layers) == len(head.args):
                        yield replace(made, span=piece(made.span, last), arguments={})


def _as_built(made: tuple[Origin, ...]) -> Origin:
    """A layer that a function of the script makes, as the call of that function: what it gives for the layers."""
    given = layers_written(made[-1])
    node, source = node_at(given), source_of(made[-1].span.file)
    function = function_around(node)
    for outer in made[-2::-1] if isinstance(node, ast.Name) and function is not None and source is not None else ():
        call, there = node_at(outer.span), source_of(outer.span.file)
        if isinstance(call, ast.Call) and isinstance(node, ast.Name) and function is not None and there is not None:
            value = given_for(call, function, node.id) if last_name(call.func) == function.name else None
            if value is not None and value in walk(call):
                return replace(outer, arguments={**outer.arguments, "num_layers": there.span(value)})
    return made[-1]


def _is_chosen(node: ast.expr, kinds: tuple[str, ...]) -> bool:
    """Whether the kind of a layer is chosen by its name: ``getattr(nn, kind)``, ``{"gru": nn.GRU}[kind]``."""
    is_asked = isinstance(node, ast.Call) and last_name(node.func) == "getattr"
    return kinds == RECURRENT and (is_asked or isinstance(node, ast.Subscript))


def layers_written(made: Origin) -> Span | None:
    """What a recurrent layer is told for its number of layers."""
    return told_for(made, "num_layers")
