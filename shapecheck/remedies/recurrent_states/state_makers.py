"""The layer that gave a state to another one: made with other layers or another width than the one that takes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, with_keyword
from shapecheck.reading.failing import RECURRENT, maker, number
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.state_givers import giver_of, layers_called, layers_told, layers_written
from shapecheck.reading.sizes.widths_read import width_of_reader
from shapecheck.reading.sources import function_around, last_name, names_in, node_at, parameters, source_of, walk
from shapecheck.reading.where_made import literals
from shapecheck.remedies.constructors.arguments import constructor_argument

_EITHER = "either layer may have been made with the number of layers that was not meant"


def layers_of_maker(evidence: Evidence, operation: Operation, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """As many layers for the encoder as the decoder has, said as the decoder says it where that can be read there.

    Args:
        evidence: The problem.
        operation: The layer that refused the state.
        item: The state.
        cost: What it costs.
    """
    taker = maker(evidence, operation)
    if item.span is None or taker is None:
        return
    ours = layers_told(evidence, operation)
    giver = giver_of(evidence, operation, item)
    if giver is None:
        return
    theirs = layers_written(giver)
    text = ours.text if ours is not None and _can_be_read(giver.span, ours) else ""
    new = text or str(number(operation, "num_layers"))
    if theirs is not None and theirs.text == new:
        return
    change = Change(theirs, new) if theirs is not None else with_keyword(giver.span, "num_layers", new)
    if change is not None:
        # The one who makes the layers is as likely to count them wrongly as one layer to forget them, but where a
        # parameter for just this layer is read by nobody.
        is_sure = bool(text) and _is_unread(giver.span, text)
        yield Candidate(f"num_layers={new}", (change,), (), cost, "" if is_sure else _EITHER)


def layers_as_giver(evidence: Evidence, operation: Operation, giver: Origin, *, cost: float) -> Iterator[Candidate]:
    """As many layers for the decoder as a name says for the encoder, where the decoder was told nothing.

    Args:
        evidence: The problem.
        operation: The layer that refused the state.
        giver: The call that made the encoder.
        cost: What it costs.
    """
    taker, theirs = maker(evidence, operation), layers_written(giver)
    if taker is None or theirs is None or layers_told(evidence, operation) is not None:
        return
    call = expression(taker.span.text)
    is_layer = isinstance(call, ast.Call) and last_name(call.func) in RECURRENT
    if not is_layer or theirs.text.isdecimal() or not _can_be_read(taker.span, theirs):
        return
    change = with_keyword(taker.span, "num_layers", theirs.text)
    if change is not None:
        yield Candidate(f"num_layers={theirs.text}", (change,), (), cost)


def layers_of_taker(
    evidence: Evidence, operation: Operation, item: Argument, layers: int, *, cost: float
) -> Iterator[Candidate]:
    """As few layers for the decoder as the encoder gives it states, where its number of layers is its own.

    Args:
        evidence: The problem.
        operation: The layer that refused the state.
        item: The state.
        layers: How many layers the state has.
        cost: What it costs.
    """
    taker = maker(evidence, operation)
    if giver_of(evidence, operation, item) is None or taker is None:
        return
    call = expression(taker.span.text)
    is_layer = isinstance(call, ast.Call) and last_name(call.func) in RECURRENT
    for each in constructor_argument(evidence, operation, "num_layers", layers) if is_layer else ():
        yield replace(each, cost=each.cost * 0.1 + cost, doubt=_EITHER)
    told = layers_told(evidence, operation)
    for far, span in enumerate(
        _numbers(evidence, told) if told is not None and not (is_layer and taker.span.holds(told)) else ()
    ):
        yield Candidate(f"{span.text} -> {layers}", (Change(span, str(layers)),), (), cost + 0.03 + 0.05 * far, _EITHER)


def _numbers(evidence: Evidence, told: Span) -> Iterator[Span]:
    """Where the number of layers is written that a call hands to what makes a layer, and that call's argument."""
    yield from literals(evidence, told)
    if not told.text.isdecimal():
        yield told


def width_of_maker(
    evidence: Evidence, operation: Operation, item: Argument, width: int, *, cost: float
) -> Iterator[Candidate]:
    """As many numbers from the Linear that makes a state as the layer has that takes it.

    Where the reader of that layer is made for its width, too, nobody else can be meant.

    Args:
        evidence: The problem.
        operation: The layer that refused the state.
        item: The state.
        width: How many numbers it must have.
        cost: What it costs where nothing is known of the reader.
    """
    taker, record = maker(evidence, operation), item.value.record
    if item.span is None or taker is None or record is None:
        return
    ours = told_for(taker, "hidden_size")
    # It may be made right where it is given.
    for origin in (Origin(item.expression, item.span, item.span), *trace(evidence, item.span, parts=True)):
        for made in layers_called(evidence, origin, ("Linear",)):
            theirs = told_for(made, "out_features")
            many = worked_out(evidence, theirs) if theirs is not None else None
            many = _width_heard(evidence, record.shape[-1]) if many is None else many
            if theirs is None or many != record.shape[-1]:
                continue
            can_be_read = ours is not None and worked_out(evidence, ours) in (None, width)
            text = ours.text if ours is not None and can_be_read and _can_be_read(made.span, ours) else str(width)
            is_sure = bool(width_of_reader(evidence, operation, width))
            yield Candidate(f"out_features={text}", (Change(theirs, text),), (), 0.05 if is_sure else cost)
            return


def _width_heard(evidence: Evidence, width: int) -> int | None:
    """A width, if some Linear has given it: what one was told cannot always be worked out."""
    calls = (entry.call for entry in evidence.trace or () if entry.call.type == "Linear")
    return width if any(each.shape[-1:] == (width,) for call in calls for each in call.outputs) else None


def _is_unread(place: Span, name: str) -> bool:
    """Whether the function around a place does nothing with a parameter."""
    function = function_around(node_at(place))
    return name.isidentifier() and function is not None and name not in names_in(*function.body)


def _can_be_read(place: Span, told: Span) -> bool:
    """Whether a name means the same where another layer was made: a parameter of that function, too, or in it."""
    source, node = source_of(place.file), expression(told.text)
    at = source.node_at(place) if source is not None else None
    setting = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    if at is None or not (setting or isinstance(node, ast.Name | ast.Attribute)):
        return False
    function = function_around(at)
    names = [part.id for part in walk(node or at) if isinstance(part, ast.Name)]
    if names == ["self"] or function is None:
        return function is not None and function is function_around(node_at(told))
    return set(names) <= set(parameters(function))
