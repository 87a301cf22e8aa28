"""The layer that gave a state to another one: made with other layers or another width than the one that takes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, expression, piece, with_keyword
from shapecheck.reading.failing import RECURRENT, maker, number
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.origins import given_for, trace
from shapecheck.reading.sizes.widths_read import width_of_reader
from shapecheck.reading.sources import function_around, last_name, names_in, node_at, parameters, source_of, walk
from shapecheck.reading.where_made import literals
from shapecheck.remedies.constructors.arguments import constructor_argument

# What stands behind the last layer of a Sequential and leaves its width.
_SAME_WIDTH = ("Tanh", "ReLU", "GELU", "ELU", "LeakyReLU", "Sigmoid", "Dropout", "LayerNorm", "BatchNorm1d")
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
    theirs = _layers_in(giver)
    text = ours.text if ours is not None and _can_be_read(giver.span, ours.text) else ""
    new = text or str(number(operation, "num_layers"))
    if theirs is not None and theirs.text == new:
        return
    change = Change(theirs, new) if theirs is not None else with_keyword(giver.span, "num_layers", new)
    if change is not None:
        # A number that was written down there may be meant, unless a parameter for it is read by nobody.
        is_sure = bool(text) and (theirs is None or _is_unread(giver.span, text))
        yield Candidate(f"num_layers={new}", (change,), (), cost, "" if is_sure else _EITHER)


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


def layers_in_state(evidence: Evidence, giver: Origin) -> int | None:
    """How many layers the recurrent layer has that a state came from, as far as its call tells."""
    given = _layers_in(giver)
    count = worked_out(evidence, given) if given is not None else 1
    return None if count is None else int(count)


def _layers_in(made: Origin) -> Span | None:
    return told_for(made, "num_layers")


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
            return _layers_in(_as_built(evidence, known[: at + 1]))
    taker = maker(evidence, operation)
    return _layers_in(taker) if taker is not None else None


def _as_built(evidence: Evidence, made: tuple[Origin, ...]) -> Origin:
    """A layer that a function of the script makes, as the call of that function: what it gives for the layers."""
    given = _layers_in(made[-1])
    node, source = node_at(given), source_of(made[-1].span.file)
    function = function_around(node)
    for outer in made[-2::-1] if isinstance(node, ast.Name) and function is not None and source is not None else ():
        call, there = node_at(outer.span), source_of(outer.span.file)
        if isinstance(call, ast.Call) and isinstance(node, ast.Name) and function is not None and there is not None:
            value = given_for(call, function, node.id) if last_name(call.func) == function.name else None
            if value is not None and value in ast.walk(call):
                return replace(outer, arguments={**outer.arguments, "num_layers": there.span(value)})
    return made[-1]


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
        for made in _makers(evidence, origin, ("Linear",)):
            theirs = told_for(made, "out_features")
            if theirs is None or worked_out(evidence, theirs) != record.shape[-1]:
                continue
            can_be_read = ours is not None and worked_out(evidence, ours) == width
            text = ours.text if ours is not None and can_be_read and _can_be_read(made.span, ours.text) else str(width)
            is_sure = bool(width_of_reader(evidence, operation, width))
            yield Candidate(f"out_features={text}", (Change(theirs, text),), (), 0.05 if is_sure else cost)
            return


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
        for giver in _makers(evidence, origin):
            if taker is None or (giver.span != taker.span and not (own is not None and giver.span.holds(own))):
                return giver
    return None


def layers_given(evidence: Evidence, span: Span) -> int | None:
    """How many rows the state of the recurrent layer has that an expression came from, as far as its call tells.

    Args:
        evidence: The problem.
        span: The expression.
    """
    giver = next((made for each in trace(evidence, span, parts=True) for made in _makers(evidence, each)), None)
    if giver is None:
        return None
    count = layers_in_state(evidence, giver)
    return None if count is None else count * (2 if is_of_both_directions(giver) else 1)


def is_of_both_directions(giver: Origin) -> bool:
    """Whether a recurrent layer was made to walk in both directions, as far as its call tells."""
    given = argument(giver.span, "bidirectional")
    return given is not None and given.text != "False"


def _makers(evidence: Evidence, origin: Origin, kinds: tuple[str, ...] = RECURRENT) -> Iterator[Origin]:
    """The constructor calls of the layers of some kinds that an expression calls."""
    node = expression(origin.span.text)
    for call in walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute):
            behind = trace(evidence, piece(origin.span, call.func))
            for at, made in enumerate(behind):
                head = expression(made.span.text)
                if isinstance(head, ast.Call) and (last_name(head.func) in kinds or _is_chosen(head.func, kinds)):
                    yield _as_built(evidence, behind[: at + 1]) if kinds == RECURRENT else made
                elif isinstance(head, ast.Call) and last_name(head.func) == "Sequential":
                    layers = [each for each in head.args if isinstance(each, ast.Call)]
                    last = next((each for each in layers[::-1] if last_name(each.func) not in _SAME_WIDTH), None)
                    if last is not None and last_name(last.func) in kinds and len(layers) == len(head.args):
                        yield replace(made, span=piece(made.span, last), arguments={})


def _is_chosen(node: ast.expr, kinds: tuple[str, ...]) -> bool:
    """Whether the kind of a layer is chosen by its name: ``getattr(nn, kind)``, ``{"gru": nn.GRU}[kind]``."""
    is_asked = isinstance(node, ast.Call) and last_name(node.func) == "getattr"
    return kinds == RECURRENT and (is_asked or isinstance(node, ast.Subscript))


def _is_unread(place: Span, name: str) -> bool:
    """Whether the function around a place does nothing with a parameter."""
    function = function_around(node_at(place))
    return name.isidentifier() and function is not None and name not in names_in(*function.body)


def _can_be_read(place: Span, text: str) -> bool:
    """Whether a name means something where another layer was made: a parameter of that function, too."""
    source, node = source_of(place.file), expression(text)
    at = source.node_at(place) if source is not None else None
    setting = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    if at is None or not (setting or isinstance(node, ast.Name | ast.Attribute)):
        return False
    function = function_around(at)
    names = [part.id for part in ast.walk(node or at) if isinstance(part, ast.Name)]
    if names == ["self"] or function is None:
        return False
    return set(names) <= set(parameters(function))
