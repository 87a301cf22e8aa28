"""Recurrent layers in a loop that start each round from the same state: what they return is handed on to nobody."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.steps.called_a_state import is_called_a_state
from shapecheck.capture.instruments.steps.rounds import are_consecutive, rounds_in, start_of, states_of
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT, SAME_NUMBERS, ZEROS
from shapecheck.findings import Fix
from shapecheck.reading.sources import Loop, names_in

_FEWEST = 3
# What puts something into a list.
_PUTS = frozenset(["append", "extend", "insert"])


def not_handed_on(step: Step) -> Iterator[Sighting]:
    """Rounds that follow one another, each from the same state, whose new states nobody reads."""
    readers = _readers(step)
    for calls in rounds_in(step):
        starts = {start_of(step, node) for node in calls}
        # An LSTM may be handed its h, and be left with the c that it began with.
        is_of_cell = len(starts) > 1 and calls[0].name.startswith("lstm")
        starts = {start[-1:] for start in starts} if is_of_cell else starts
        if len(calls) < _FEWEST or len(starts) != 1 or not are_consecutive(step, calls):
            continue
        # Who returns the last state of all hands on what only the last step made.
        states = [ref for node in calls[:-1] for ref in states_of(node)[-1 if is_of_cell else 0 :]]
        is_cell = not is_of_cell and calls[0].name in CELLS
        is_told_anew = is_cell and not _is_a_start(step, calls[0]) and not is_called_a_state(calls[0])
        if is_told_anew or any(_goes_on(step, ref, readers) for ref in states):
            continue
        yield _told(calls, _name_of(next(iter(starts)), is_of_cell))
        return
    yield from _last_alone(step, {*readers})


def _goes_on(step: Step, ref: Ref, readers: dict[Ref, list[Node]]) -> bool:
    """Whether anything is made of a tensor: what only lays it beside others, and is read by nobody, makes nothing."""
    if ref in step.tape.escaped:
        return True
    for node in readers.get(ref, ()):
        if node.name not in SAME_NUMBERS or any(_goes_on(step, out, readers) for out in node.outs):
            return True
    return False


def _readers(step: Step) -> dict[Ref, list[Node]]:
    """Who reads each tensor, be it for the loss or for anything else."""
    found: dict[Ref, list[Node]] = {}
    for node in step.recorded:
        for ref in dict.fromkeys(node.parents):
            found.setdefault(ref, []).append(node)
    return found


def _last_alone(step: Step, read: set[Ref]) -> Iterator[Sighting]:
    """The same where of all rounds only what the last one returned is read at all."""
    for calls in rounds_in(step, range(step.first, step.last)):
        *others, last = calls
        if len(calls) < _FEWEST or last.index not in step.to_loss or any(node.index in step.to_loss for node in others):
            continue
        outs = {out for node in others for out in node.outs}
        is_lost = not outs & (read | step.tape.escaped)
        starts = [start_of(step, node) for node in calls]
        if is_lost and all(start and set(start) == {"zeros"} for start in starts) and are_consecutive(step, calls):
            seen, made = _told(calls, "zeros"), [_zeros(step, node) for node in calls]
            spot = made[-1].spot
            yield seen if spot is None or made[0] is made[-1] else replace(seen, span=spot.span)
            return


def _zeros(step: Step, node: Node) -> Node:
    """What made the zeros that a call starts from."""
    made = step.node(next(refs_in((node.args[1],))).node)
    while made.name not in ZEROS and made.parents:
        made = step.node(made.parents[0].node)
    return made


def _is_a_start(step: Step, node: Node) -> bool:
    """Whether a cell starts from what sequences start from, rather than being given something to be told each time."""
    makers = {ref: step.node(ref.node) for ref in refs_in((node.args[1],))}
    if all(part == "zeros" for part in start_of(step, node)):
        return True
    while any(made.name not in RECURRENT | CELLS for made in makers.values()):
        behind = {parent: step.node(parent.node) for made in makers.values() for parent in made.parents[:1]}
        if not behind or len(behind) != len(makers) or any(step.is_leaf(ref) for ref in behind):
            return False
        makers = behind
    return all(ref.out > 0 or step.node(ref.node).name in CELLS for ref in makers)


def _name_of(start: tuple[object, ...], is_of_cell: bool) -> str:
    if is_of_cell:
        return "the same cell state c"
    return "zeros" if all(part == "zeros" for part in start) else "the same state"


def _told(calls: list[Node], start: str) -> Sighting:
    text = (
        f"{len(calls)} calls follow one another here, and each of them starts from {start}; what a call returns for "
        "the next one is read by nothing, so that no step knows what the layer has read before"
    )
    fix = Fix("the returned state as the state of the next round", (), "no")
    seen = sighted("state_not_handed_on", calls[0], text, (fix,))
    spot = _dropped_at(calls[0])
    return seen if spot is None else replace(seen, span=spot.span)


def _dropped_at(node: Node) -> Spot | None:
    """The call whose new state is not returned any farther."""
    spot = node.spot
    while spot is not None and spot.caller is not None:
        function, statement = function_around(spot), statement_at(spot.code.co_filename, spot.line)
        names = _last_names(statement)
        if function is None or not names:
            break
        loops = _loops_around(function, statement)
        if not names <= _returned(function, statement, loops) or _is_of_last_round(loops, names):
            break
        spot = spot.caller
    return spot


def _loops_around(function: ast.FunctionDef, statement: ast.stmt | None) -> list[Loop]:
    loops = [item for item in ast.walk(function) if isinstance(item, Loop)]
    return [loop for loop in loops if any(item is statement for item in ast.walk(loop))]


def _is_of_last_round(loops: list[Loop], names: set[str]) -> bool:
    """Whether loops give names that they never read: what these are behind them, the last round made."""
    read = [item for loop in loops for item in ast.walk(loop) if isinstance(item, ast.Name) and item.id in names]
    return bool(loops) and not any(isinstance(item.ctx, ast.Load) for item in read)


def _returned(function: ast.FunctionDef, statement: ast.stmt | None, loops: list[Loop]) -> set[str]:
    """The names whose values a function returns; those of all layers in a list, if it goes from layer to layer."""
    ends = [item.value for item in ast.walk(function) if isinstance(item, ast.Return) and item.value]
    found = {name for value in ends for name in names_in(value)}
    turns = {name for loop in loops if isinstance(loop, ast.For) for name in names_in(loop.target)}
    called = (
        statement.value.func if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call) else None
    )
    if called is None or not turns & names_in(called):
        return found
    for item in ast.walk(function):
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Attribute) and item.func.attr in _PUTS:
            is_returned = bool(names_in(item.func.value) & found)
            found |= {name for given in item.args for name in names_in(given)} if is_returned else set()
    return found


def _last_names(statement: ast.stmt | None) -> set[str]:
    """The names that the last part of what a statement gives is called by."""
    if not isinstance(statement, ast.Assign):
        return set()
    target = statement.targets[0]
    last = target.elts[-1] if isinstance(target, ast.Tuple) and target.elts else target
    return names_in(last)


PROBE = Probe(
    "a state is handed on from step to step",
    lambda look: not_handed_on(look.step),
    turn=Turn.LAST,
)
