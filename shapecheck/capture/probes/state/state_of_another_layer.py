"""Stacked layers that start from another one's state: ``cell(x, hidden[0])`` and ``out, h = gru(out, h)`` in a loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.steps.rounds import rounds_in
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.joined import parts_of
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import CELLS, HANDS_ON, RECURRENT
from shapecheck.findings import Fix

_FEWEST = 3
_FEWEST_STEPS = 2
_MOST = 400


def of_another_layer(step: Step) -> Iterator[Sighting]:
    """Cells of which each reads what the one below returned, and none but one is given its own state again.

    Layers may well share one state, as where it is led through several cells in each step. But a script that began
    with a state for each of them, or starts them from one and keeps the others for nobody, meant to hand them on.
    """
    groups = [calls for calls in rounds_in(step) if calls[0].name in CELLS and len(calls) >= _FEWEST]
    if len(groups) < 2 or sum(map(len, groups)) > _MOST:
        return
    given = {node.index: _given(step, node) for calls in groups for node in calls}
    read = {part for states in given.values() for parts in states for part in parts}
    for layers in _stacks(step, groups):
        for place in range(len(given[layers[0][0].index])):
            one = _only_one_handed_on(layers, given, place)
            others = {Ref(node.index, place) for at, calls in enumerate(layers) for node in calls[:-1] if at != one}
            if one is None or others & read:
                continue
            if _is_one_each(step, given[layers[0][0].index], place, len(layers)):
                yield _told(layers, one)
                return


def _given(step: Step, node: Node) -> list[tuple[Ref, ...]]:
    """What the states were made of that a cell starts from, through lists and stacks of them."""
    return [parts_of(step, ref) for ref in refs_in((node.args[1],))]


def _stacks(step: Step, groups: list[list[Node]]) -> Iterator[list[list[Node]]]:
    """Cells of one kind and size, of which each reads in every round what the one before it has returned."""
    groups = sorted(groups, key=lambda calls: calls[0].index)
    for at, first in enumerate(groups):
        layers = [first]
        for calls in groups[at + 1 :]:
            is_alike = len(calls) == len(first) and calls[0].name == first[0].name
            if is_alike and calls[0].shapes == first[0].shapes and _is_above(step, layers[-1], calls):
                layers.append(calls)
        if len(layers) > 1:
            yield layers


def _is_above(step: Step, below: list[Node], calls: list[Node]) -> bool:
    turns = [index for pair in zip(below, calls, strict=True) for index in (pair[0].index, pair[1].index)]
    return turns == sorted(turns) and all(
        one.index in ancestors(step.tape, list(refs_in((node.args[0],))), one.index)
        for one, node in zip(below, calls, strict=True)
    )


def _only_one_handed_on(layers: list[list[Node]], given: dict[int, list[tuple[Ref, ...]]], place: int) -> int | None:
    """Which layer's state of the round before all layers start from, in every round; None if there is no such one."""
    if any(len(given[node.index]) <= place for calls in layers for node in calls):
        return None
    found: set[int | None] = set()
    for before, now in pairwise(zip(*layers, strict=True)):
        starts = {given[node.index][place] for node in now}
        made = [at for at, node in enumerate(before) if starts == {(Ref(node.index, place),)}]
        found.add(made[0] if made else None)
    begin = {given[calls[0].index][place] for calls in layers}
    return found.pop() if len(found) == 1 and len(begin) == 1 else None


def _is_one_each(step: Step, states: list[tuple[Ref, ...]], place: int, count: int) -> bool:
    """Whether the state at the beginning is one of as many as there are layers, and the others are for nobody."""
    parts = states[place]
    if len(parts) != 1 or states.count(parts) > 1:
        return False
    made, shape = step.node(parts[0].node), step.tape.shape(parts[0])
    if len(shape) == 3:
        # Of what an encoder has returned, the state of one layer may well be all that is asked for.
        return shape[0] == count and made.name not in RECURRENT
    alike = [node for node in step.recorded if node.repeats(made)]
    unread = [node for node in alike if not step.readers(node)]
    return bool(alike) and len(alike) % count == 0 and len(unread) >= count - 1


def _told(layers: list[list[Node]], one: int) -> Sighting:
    first = layers[1 if one == 0 else 0][0]
    text = (
        f"{len(layers)} cells lie one above the other, and a state was begun for each of them; in every step all of "
        f"them start from what the cell of layer {one} has returned in the step before, and what the others returned "
        "is given to none of them"
    )
    return sighted("state_of_another_layer", first, text, (Fix("the state of the same layer", (), "no"),))


def of_the_layer_below(step: Step) -> Iterator[Sighting]:
    """``for gru in layers: out, h = gru(out, h)``: the layer above starts with what the one below ended with.

    One call of a loop runs them all, each over the whole sequence: its first steps know the last ones already. A
    decoder that starts from an encoder's state is called for itself, and where each call takes one step there is none
    to come.
    """
    calls = [node for node in step.of_loss if node.name in RECURRENT and node.spot is not None]
    for below, node in pairwise(calls):
        is_loop = node.spot is not None and below.spot is not None and _is_one_way(node.spot, below.spot)
        if not is_loop or node.module is below.module or type(node.module) is not type(below.module):
            continue
        states = set(below.outs[1:])
        starts = {origin(step.tape, ref, HANDS_ON, is_alone=True)[0] for ref in _states(node)}
        if not starts or not starts <= states or not _takes_steps(step, node):
            continue
        if below.index in ancestors(step.tape, [node.parents[0]], below.index):
            text = (
                "the layers of a loop lie one above the other, and each starts from the state with which the one below "
                f"has ended, behind all steps of {step.tape.shape(below.parents[0])}: from its first step on it knows "
                "the last one, and a state of its own it never has"
            )
            fix = Fix("the state of the same layer, or none", (), "no")
            yield sighted("state_of_another_layer", node, text, (fix,))
            return


def of_the_call_before(step: Step) -> Iterator[Sighting]:
    """``for cell in cells: state = cell(x, state); x = state`` in each step: one state goes through all layers.

    Whatever the layer below has ended a step with, the one above is given twice: to read, and to start from. A state
    that is led through several cells on purpose meets the input in the first of them alone.
    """
    calls = [node for groups in rounds_in(step) for node in groups]
    calls.sort(key=lambda node: node.index)
    for at, first in enumerate(calls[:-1]):
        if at and _follows(calls[at - 1], first):
            continue
        end = next((k for k in range(at + 1, len(calls)) if not _follows(calls[k - 1], calls[k])), len(calls))
        thread = calls[at:end]
        layers = len({id(node.module) for node in thread})
        if layers < 2 or len(thread) < _FEWEST_STEPS * layers or len(thread) > _MOST or _is_written_twice(first):
            continue
        if all(_goes_through(step, *pair, is_above=k % layers > 0) for k, pair in enumerate(pairwise(thread), 1)):
            text = (
                f"{layers} layers lie one above the other in a loop, and one state goes through all of them: each "
                "starts from what the one below has just ended with, which it is given to read as well, and the lowest "
                "from what the highest has ended the step before with; none is ever given its own again"
            )
            fix = Fix("one state for each layer, handed back to its own", (), "no")
            yield sighted("state_of_another_layer", thread[1], text, (fix,))
            return


def _is_written_twice(node: Node) -> bool:
    """Whether a call is written to read the very state that it starts from, as ways from step to step may be deep."""
    call = node_at(node, ast.Call)
    if not isinstance(call, ast.Call) or len(call.args) < 2:
        return False
    read, begun = ({item.id for item in ast.walk(side) if isinstance(item, ast.Name)} for side in call.args[:2])
    return bool(read & begun - {"self"})


def _follows(one: Node, other: Node) -> bool:
    """Whether both are calls of two layers alike by one instruction of a loop."""
    is_alike = one.module is not other.module and type(one.module) is type(other.module)
    return is_alike and one.spot is not None and other.spot is not None and one.spot.places == other.spot.places


def _goes_through(step: Step, before: Node, node: Node, *, is_above: bool) -> bool:
    """Whether a call starts from the states of the one before, and reads what that has returned if it lies above."""
    starts = [origin(step.tape, ref, HANDS_ON, is_alone=True)[0] for ref in refs_in((node.args[1],))]
    states = before.outs if before.name in CELLS else before.outs[1:]
    if not starts or set(starts) != set(states):
        return False
    return is_above == (before.index in ancestors(step.tape, list(refs_in((node.args[0],))), before.index))


def _is_one_way(one: Spot, other: Spot) -> bool:
    """Whether both are the same instruction, called on the same way."""
    first: Spot | None = one
    second: Spot | None = other
    while first is not None and second is not None and first.place == second.place:
        first, second = first.caller, second.caller
    return first is second


def _states(node: Node) -> tuple[Ref, ...]:
    is_packed = not isinstance(node.args[3], bool)
    return tuple(refs_in((node.args[2 if is_packed else 1],)))


def _takes_steps(step: Step, node: Node) -> bool:
    """Whether there is more than one step."""
    shape = step.tape.shape(node.args[0])
    if not isinstance(node.args[3], bool):
        return len(shape) == 2 and bool(step.tape.shape(node.args[1])[0] > 1)
    return len(shape) > 1 and shape[1 if len(shape) == 3 and node.args[8] else 0] > 1


PROBE = Probe(
    "each of several cells starts from its own state",
    lambda look: (
        *of_another_layer(look.step),
        *of_the_layer_below(look.step),
        *of_the_call_before(look.step),
    ),
)
