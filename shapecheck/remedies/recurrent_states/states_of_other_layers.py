"""A state of more layers than the layer has that takes it, or of fewer: a part of it, or another number of layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Operation, Origin
from shapecheck.reading.failing import RECURRENT, maker
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.recurrent.merged_directions import merged_directions
from shapecheck.reading.recurrent.state_givers import giver_of, is_of_both_directions, layers_in_state, layers_told
from shapecheck.reading.sources import user_sources
from shapecheck.remedies.constructors.given_beside import given_beside
from shapecheck.remedies.recurrent_states.cut_states import CUT, is_cut, uncut
from shapecheck.remedies.recurrent_states.refused_state import RefusedState
from shapecheck.remedies.recurrent_states.state_makers import layers_as_giver, layers_of_maker, layers_of_taker

_DIRECTIONS = "the two directions may be added, averaged or joined, or one of them taken"
_A_PART = "the layer may be meant to take a part of the state"
_AS_MANY = "the layer may have been meant to have as many layers as the state has"
_OF_ITS_OWN = "each layer may have a state of its own in what this one was made of"


def of_other_layers(state: RefusedState) -> Iterator[Candidate]:
    """Changes where nothing but the number of layers is another one than is wanted."""
    evidence, operation, have = state.evidence, state.operation, state.sizes[0]
    giver = giver_of(evidence, operation, state.item)
    if have > state.layers:
        as_many = list(layers_as_giver(evidence, operation, giver, cost=0.35)) if giver is not None else []
        yield from (replace(each, doubt=_A_PART) for each in as_many)
        yield from (each.doubted(_AS_MANY if as_many else "") for each in _of_more_layers(state, giver))
    ours = layers_told(evidence, operation) if maker(evidence, operation) is not None else None
    if ours is not None:
        doubt = _A_PART if have > state.layers else ""
        yield from given_beside(evidence, ours, have, (), cost=0.05, layers=RECURRENT, doubt=doubt)
    two = is_of_both_directions(giver) if giver is not None else _of_both_directions(evidence)
    # One row a layer is left where the two directions were put together already.
    two = two and (giver is None or layers_in_state(evidence, giver) != have)
    if not two:
        makers = list(layers_of_maker(evidence, operation, state.item, cost=0.05 if have < state.layers else 0.9))
        yield from makers
        if have < state.layers and not operation.config.get("bidirectional"):
            is_told = any(not each.doubt for each in makers)
            yield from layers_of_taker(evidence, operation, state.item, have, cost=0.3 if is_told else 0.0)
    if have < state.layers:
        yield from uncut(evidence, state.item, state.layers, cost=0.02)
    if 1 == have < state.layers:
        # What a layer gave may have been meant to be more than the one state that came.
        doubt = CUT if is_cut(evidence, state.item) else _OF_ITS_OWN if giver is not None or two else ""
        step = Step("repeat", state.item.role, (state.layers, 1, 1))
        for way in state.behind(f".repeat({state.layers}, 1, 1)", step, cost=0.6):
            yield replace(way, doubt=doubt)


def _of_more_layers(state: RefusedState, giver: Origin | None) -> Iterator[Candidate]:
    """The last layers of a state alone, the first ones, or both directions of each put together."""
    layers, role = state.layers, state.item.role
    doubt = _DIRECTIONS if state.sizes[0] == 2 * layers and _of_both_directions(state.evidence) else ""
    doubt = doubt or (_AS_MANY if _asks_for_layers(state.evidence, state.operation) else "")
    ways = state.behind(f"[-{layers}:]", Step("item", role, (f"-{layers}:",)), cost=0.4)
    if state.sizes[0] == 2 * layers:
        # The two directions of each layer of an encoder become one state of the decoder.
        ways += state.behind(f"[:{layers}]", Step("item", role, (f":{layers}",)), cost=0.8)
    if doubt == _DIRECTIONS:
        merged = merged_directions(state.evidence, giver.span if giver is not None else None)
        to_one = merged or "sum"
        text = f".{to_one}(0, keepdim=True)" if layers == 1 else f".unflatten(0, (-1, 2)).{to_one}(1)"
        step = Step("set_size", role, (layers, state.batch or 1, state.width))
        # Who adds the two directions of the steps, or takes their mean, does so with those of the state; of several
        # layers many take the first rows, as many as there are layers.
        for each in state.behind(text, step, cost=0.3, prefer="origin"):
            yield replace(each, doubt="" if merged and layers == 1 else doubt)
    yield from (replace(way, doubt=doubt) for way in ways)


def _asks_for_layers(evidence: Evidence, operation: Operation) -> bool:
    """Whether who makes the layer is asked how many layers it is to have."""
    origin = maker(evidence, operation)
    given = told_for(origin, "num_layers")
    return given is not None and given.text.isidentifier()


def _of_both_directions(evidence: Evidence) -> bool:
    """Whether the script has a recurrent layer of both directions."""
    calls = (call for source in user_sources(evidence) for call in source.calls(*RECURRENT))
    return any(
        each.arg == "bidirectional" and getattr(each.value, "value", True) is not False
        for call in calls
        for each in call.keywords
    )
