"""The states of recurrent layers and cells: their axes, layers, batch and width, and where they come from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Value
from shapecheck.reading.edits import call_of
from shapecheck.reading.failing import CELLS, RECURRENT, STATES, Shape, failed, number, operand, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.laid_before import LIES_OTHERWISE, turned_round
from shapecheck.reading.recurrent.put_together import ALONG_OTHER, is_along_other
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.sizes.widths_read import width_of_reader
from shapecheck.reading.sources import walk
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.constructors.arguments import constructor_argument
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.names.written_sizes import sizes_reordered
from shapecheck.remedies.recurrent_states.another_state import another_value, of_caller
from shapecheck.remedies.recurrent_states.directions import doubt_of_states, joined_otherwise, of_layer
from shapecheck.remedies.recurrent_states.directions_joined import directions_joined
from shapecheck.remedies.recurrent_states.pairs import of_one_state
from shapecheck.remedies.recurrent_states.refused_state import RefusedState
from shapecheck.remedies.recurrent_states.sizes_of_states import other_sizes
from shapecheck.remedies.recurrent_states.state_makers import width_of_maker
from shapecheck.remedies.recurrent_states.state_of_cells import both_states, of_cell
from shapecheck.remedies.recurrent_states.states import pair_indexed
from shapecheck.remedies.recurrent_states.states_of_batches import of_other_samples
from shapecheck.remedies.recurrent_states.states_of_other_layers import of_other_layers


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for a recurrent layer or cell that refused its state."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    return list(_of_states(evidence, operation)) if operation is not None else []


def _of_states(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    yield from pair_indexed(evidence)
    yield from of_caller(evidence, operation)
    whole = operand(operation, "(h_0, c_0)")
    if whole is not None:
        yield from of_one_state(evidence, operation, whole)
    given = operand(operation, "h_0", "hx")
    if given is not None and given.value.kind in ("tuple", "list") and given.value.items:
        yield from put_behind(evidence, given, "[0]", [Step("item", given.role, (0,))], cost=0.1)
    if operation.config.get("num_layers") is None:
        yield from of_cell(evidence, operation)
        return
    wrong = [item for role in STATES if (item := operand(operation, role)) and not _fits(operation, item)]
    if not wrong:
        return
    yield from of_layer(evidence, operation, wrong)
    ways: list[list[Candidate]] = [list(_of_state(evidence, operation, item)) for item in wrong]
    doubt = LIES_OTHERWISE if turned_round(evidence) is not None else doubt_of_states(evidence, operation, wrong)
    if len(wrong) == 2:
        yield from _as_the_first(evidence, wrong, ways[0])
    for way in (both_states(ways[0], ways[1]) if len(ways) == 2 else (), *ways):
        yield from (each.doubted(doubt) for each in way)
    yield from another_value(evidence, operation, wrong)


def _fits(operation: Operation, item: Argument) -> bool:
    layers, batch, width = state_sizes(operation, item.role)
    record = item.value.record
    if record is None:
        return item.value.kind not in ("tuple", "list")
    sizes = record.shape
    if len(sizes) == 2:
        return shape(operation, "input") is not None and len(shape(operation, "input") or ()) == 2
    return len(sizes) == 3 and sizes[0] == layers and sizes[2] == width and (batch is None or sizes[1] == batch)


def _of_state(evidence: Evidence, operation: Operation, item: Argument) -> Iterator[Candidate]:
    layers, batch, width = state_sizes(operation, item.role)
    if item.value.record is None:
        return
    sizes, wanted = item.value.record.shape, (layers, batch, width)
    state = RefusedState(evidence, operation, item, sizes, *wanted)
    if len(sizes) == 3 and batch is not None and sizes != wanted and sorted(sizes) == sorted((layers, batch, width)):
        turned = list(_turned(state, _permutation(sizes, (layers, batch, width))))
        if _is_kept_by_samples(evidence, item):
            turned = [each for each in turned if _is_made_at_use(item, each)]
        yield from turned
        return
    if len(sizes) == 2 and sizes[1] == width:
        yield from _of_one_layer(state)
    if len(sizes) == 4:
        for axis, size in enumerate(sizes):
            if size == 1:
                yield from state.behind(f".squeeze({axis})", Step("squeeze", item.role, (axis,)), cost=0.2)
    if len(sizes) != 3:
        return
    is_other = batch is not None and sizes[1] != batch and is_along_other(evidence, operation, sizes[1])
    doubt = ALONG_OTHER if is_other else ""
    yield from (each.doubted(doubt) for each in other_sizes(evidence, operation, item, sizes, wanted))
    yield from joined_otherwise(evidence, item, (layers, batch or 0, width), cost=0.05)
    if sizes == (2 * layers, batch, width // 2) and width % 2 == 0:
        yield from directions_joined(evidence, operation, item, (layers, width))
    if sizes[0] != layers and sizes[1:] == (batch, width):
        yield from of_other_layers(state)
    if batch is not None and sizes[1] != batch and sizes[0] == layers and sizes[2] == width:
        yield from (each.doubted(doubt) for each in of_other_samples(state, batch))
    if sizes[:2] == (layers, batch) and sizes[2] != width and not number(operation, "proj_size"):
        yield from width_of_maker(evidence, operation, item, width, cost=0.4)
        text = width_of_reader(evidence, operation, sizes[2])
        cost = 0.1 if text else 0.9
        yield from constructor_argument(evidence, operation, "hidden_size", sizes[2], cost=cost, text=text)


def _turned(state: RefusedState, order: tuple[int, ...]) -> Iterator[Candidate]:
    """The axes of a state in the order that is wanted, where it is made or where it is used."""
    role = state.item.role
    yield from sizes_reordered(state.evidence, state.item, order, [Step("permute", role, order)], cost=0.1)
    if order == (1, 0, 2):
        yield from state.behind(".transpose(0, 1).contiguous()", Step("transpose", role, (0, 1)), cost=0.4)
    else:
        yield from state.behind(f".permute{order}.contiguous()", Step("permute", role, order), cost=0.4)


def _is_made_at_use(item: Argument, candidate: Candidate) -> bool:
    return item.span is not None and all(item.span.holds(change.span) for change in candidate.changes)


def _of_one_layer(state: RefusedState) -> Iterator[Candidate]:
    """A state without the axis of the layers, with it: the same for each of them."""
    step, layers = Step("unsqueeze", state.item.role, (0,)), state.layers
    if layers == 1:
        yield from state.behind(".unsqueeze(0)", step, cost=0.1, prefer="origin")
    else:
        repeat = Step("repeat", state.item.role, (layers, 1, 1))
        yield from state.behind(f".unsqueeze(0).repeat({layers}, 1, 1)", step, repeat, cost=0.3)


def _permutation(have: tuple[int, ...], want: tuple[int, ...]) -> tuple[int, ...]:
    left = list(enumerate(have))
    order = []
    for size in want:
        at = next(place for place, (_, each) in enumerate(left) if each == size)
        order.append(left.pop(at)[0])
    return tuple(order)


def _as_the_first(evidence: Evidence, wrong: list[Argument], ways: list[Candidate]) -> Iterator[Candidate]:
    """What mends the first state where it is made, for the second one is made in its image: ``zeros_like(h)``."""
    first, second = wrong
    images = [call_of(origin.span) for origin in made_or_written(evidence, second)]
    name = first.expression
    given = [part for call in images if call is not None for part in walk(call) if isinstance(part, ast.Call)]
    if not any(call.args and ast.unparse(call.args[0]) == name for call in given):
        return
    for way in ways:
        if first.span is not None and not any(first.span.holds(change.span) for change in way.changes):
            other = tuple(replace(step, role=second.role) for step in way.trial if step.role == first.role)
            yield replace(way, trial=(*way.trial, *other), cost=way.cost - 0.1)


def _is_kept_by_samples(evidence: Evidence, item: Argument) -> bool:
    """Whether a caller holds a longer state and a longer input, of which the layer got the same share of rows.

    What turns the state where it is made would let its layers be cut in the place of its samples.

    Args:
        evidence: The problem.
        item: A state whose samples lie in front.
    """
    state, given = sizes_of(item), shape(failed(evidence), "input")
    if given is None or len(state) != 3 or len(given) != 3 or state[0] != given[0]:
        return False
    held = set(_shapes(evidence.held_anywhere))
    longer = {each[0] for each in held if each[1:] == state[1:] and each[0] > state[0]}
    return any((rows, *given[1:]) in held for rows in longer)


def _shapes(values: tuple[Value, ...]) -> Iterator[Shape]:
    for value in values:
        yield from _shapes(value.items)
        if value.record is not None and len(value.record.shape) == 3:
            yield value.record.shape
