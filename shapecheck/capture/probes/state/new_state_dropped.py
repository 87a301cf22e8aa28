"""Cells that a script wrote itself, in a loop that begins each round with the same state: the new one is dropped."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.steps.called_a_state import NEXT, OF_WORLDS, STATES, TIMES
from shapecheck.capture.instruments.steps.rounds import are_in_turn
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import Spot, statement_at, tree_of
from shapecheck.capture.recording.vocabulary import CELLS, COPIES, HANDS_ON, RECURRENT, ZEROS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.assignments import names_read, stored_in
from shapecheck.reading.name_words import words_of
from shapecheck.reading.sources import is_named, names_in

_FEWEST = 3
# What one state is tried with, and no step follows the other.
_ALTERNATIVES = frozenset(
    ["cand", "cands", "candidate", "candidates", "beam", "beams", "hyp", "hyps", "choice", "choices", "option",
     "options", "branch", "branches", "child", "children"]
)  # fmt: skip
_ALL_STATES = STATES | OF_WORLDS | {"carry", "memory"}


@dataclass(frozen=True, slots=True, eq=False)
class _Round:
    """The statement of a loop that makes a new state.

    Args:
        spot: The instruction in it.
        loop: The loop.
        statement: The statement.
        made: What it gives a name to.
        given: The names that it reads and that nothing in the loop gives a value.
        begun: The name that had the state in front of the loop, and is given the new one without having been read.
    """

    spot: Spot
    loop: ast.For
    statement: ast.Assign
    made: frozenset[str]
    given: frozenset[str]
    begun: str


def dropped(look: Look) -> Iterator[Sighting]:
    """``for x in steps: h_next = cell(x, h)``: one state for all rounds, by what is read and by what it is called.

    What is told anew in each round, such as what a sequence is about, is read like a state as well, and one state may
    be tried with several candidates. So a state that is nothing but zeros has to be called one, or what is made of it;
    any other has to be called a state, and what is made of it the next one. Or what is made has the name that the state
    had in front of the loop.
    """
    step = look.step
    for state, nodes in _read_in_rounds(step):
        found = _round(nodes[-1])
        is_blank = origin(step.tape, state, HANDS_ON | COPIES, is_alone=True)[1].name in ZEROS
        if (
            found is not None
            and _is_a_state(found, is_blank=is_blank, is_told=_is_told(step, state))
            and _are_rounds(look.step, state, nodes, found)
        ):
            yield _told(found, len(nodes), is_blank)
            return


def _is_told(step: Step, state: Ref) -> bool:
    """Whether it was made of an input, as a summary is."""
    made = {state, *(parent for at in ancestors(step.tape, [state], step.first) for parent in step.node(at).parents)}
    return not made.isdisjoint(step.inputs)


def _is_a_state(found: _Round, *, is_blank: bool, is_told: bool) -> bool:
    """Whether what a round is given and what it makes are called so, or named so.

    What is made of a summary in each round, ``hidden_t`` of ``hidden``, may well be what is said of it at that step.
    The state of a world has a next one for each thing that may be done there, but for rounds that are called steps.
    """
    turns = names_in(found.loop.target)
    if any(words_of(name) & {"action"} for name in turns) or any(
        words_of(name) & _ALTERNATIVES for name in turns | names_read(found.statement.value)
    ):
        return False
    given = [words for name in found.given if (words := words_of(name)) & _ALL_STATES]
    is_next = any(
        words_of(name) & NEXT or (not is_told and any(words_of(name) > words for words in given)) for name in found.made
    )
    is_in_steps = any(words_of(name) & TIMES for name in turns)
    is_of_layer = is_in_steps or any(not words & OF_WORLDS for words in given)
    return bool(found.begun) or (bool(given) and is_next and is_of_layer) or (is_blank and (bool(given) or is_next))


def _read_in_rounds(step: Step) -> Iterator[tuple[Ref, list[Node]]]:
    """What is read at one place of the script again and again: one number for each feature of each sample."""
    places: dict[tuple[object, ...], list[Node]] = {}
    for node in step.all_of_loss:
        if node.spot is None or node.name in CELLS | RECURRENT:
            continue
        for ref in dict.fromkeys(node.parents):
            if len(step.tape.shape(ref)) == 2 and not _is_weight(step, ref):
                places.setdefault((ref, id(node.module), *node.spot.places), []).append(node)
    for (first, *_), nodes in places.items():
        if len(nodes) >= _FEWEST and isinstance(first, Ref):
            yield first, nodes


def _is_weight(step: Step, ref: Ref) -> bool:
    return step.node(ref.node).kind == "parameter" or ref in step.tape.bare


def _are_rounds(step: Step, state: Ref, nodes: list[Node], found: _Round) -> bool:
    """Whether the rounds read one item of an input after the other, and make something of the state's shape of it."""
    shape, made = step.tape.shape(state), list[Node]()
    ends = [node.index for node in nodes[1:]] + [step.last]
    for node, end in zip(nodes, ends, strict=True):
        order = [index for index in range(node.index, end) if index in step.to_loss]
        behind = map(step.node, [node.index, *descendants(step.tape, {node.ref}, order)])
        alike = [one for one in behind if one.shapes[0] == shape and one.ref in step.learned and _is_of(found, one)]
        if not alike:
            return False
        made.append(alike[-1])
    reached = set(descendants(step.tape, {made[0].ref}, range(made[0].index, made[-1].index + 1)))
    if _meet_in_cell(step, nodes[0], made):
        return False
    return not reached.intersection(node.index for node in made[1:]) and are_in_turn(step, [one.args for one in made])


def _meet_in_cell(step: Step, first: Node, made: list[Node]) -> bool:
    """Whether what the rounds made goes into the same cell behind them, as the leaves of a tree do."""
    inside = map(step.node, range(first.index, made[0].index + 1))
    weights = {ref for node in inside for ref in node.parents if _is_weight(step, ref)}
    behind = descendants(step.tape, {node.ref for node in made}, range(made[-1].index + 1, step.last))
    return any(weights.intersection(step.node(at).parents) for at in behind)


def _is_of(found: _Round, node: Node) -> bool:
    """Whether an operation belongs to the statement of the loop, or to what that calls."""
    spot, statement = node.spot, found.statement
    while spot is not None:
        if spot.code is found.spot.code:
            return statement.lineno <= spot.line <= (statement.end_lineno or statement.lineno)
        spot = spot.caller
    return False


def _round(node: Node) -> _Round | None:
    """The innermost statement around an operation that stands in a loop of its function and gives something a name."""
    spot = node.spot
    while spot is not None:
        file = spot.code.co_filename
        scope = function_around(spot) or tree_of(file)
        statement = statement_at(file, spot.line)
        loops = [item for item in ast.walk(scope) if isinstance(item, ast.For)] if scope is not None else []
        around = [loop for loop in loops if any(item is statement for item in ast.walk(loop))]
        if around and scope is not None:
            if not isinstance(statement, ast.Assign) or not all(
                isinstance(each, ast.Name) for each in statement.targets
            ):
                return None
            made, inside = stored_in(statement), set().union(*map(stored_in, around))
            given = names_read(statement.value) - inside
            begun = [name for name in made - names_read(statement.value) if _is_begun(scope, around[0], name, given)]
            return _Round(spot, around[-1], statement, frozenset(made), frozenset(given), (*begun, "")[0])
        spot = spot.caller
    return None


def _is_begun(scope: ast.AST, loop: ast.For, name: str, given: set[str]) -> bool:
    """Whether a name is given one of these in front of a loop: ``h = h0``."""
    return any(
        isinstance(item, ast.Assign)
        and item.lineno < loop.lineno
        and any(is_named(target, name) for target in item.targets)
        and any(is_named(item.value, one) for one in given)
        for item in ast.walk(scope)
    )


def _told(found: _Round, count: int, is_blank: bool) -> Sighting:
    made, start = sorted(found.made)[0], "zeros" if is_blank else "the same state"
    text = (
        f"{count} rounds follow one another here, and each of them starts from {start}; what `{made}` is in one round "
        "is no part of the next one, so that no step knows what came before it"
    )
    span = found.spot.span
    fix = Fix("the new state as the state of the next round", _handed_on(found), "no")
    return Sighting("state_not_handed_on", span, text, "", (fix,))


def _handed_on(found: _Round) -> tuple[Edit, ...]:
    """``h = h_next`` behind the statement, where each has one name and nothing reads the old one any more."""
    states = [name for name in found.given if words_of(name) & _ALL_STATES]
    file, last = found.spot.code.co_filename, found.statement.end_lineno or found.statement.lineno
    whole = [item.value for item in ast.walk(found.statement.value) if isinstance(item, ast.Subscript)]
    later = [item for item in ast.walk(found.loop) if is_named(item, (*states, "")[0]) and item.lineno > last]
    text = linecache.getline(file, last)
    is_alone = not linecache.getline(file, found.statement.lineno)[: found.statement.col_offset].strip()
    if len(states) != 1 or any(is_named(item, states[0]) for item in whole):
        return ()
    if len(found.made) != 1 or found.begun or later or not is_alone or not text.isascii():
        return ()
    behind = f"{' ' * found.statement.col_offset}{states[0]} = {sorted(found.made)[0]}\n"
    return (Edit(file, last, last, text.rstrip("\n") + "\n" + behind),)


PROBE = Probe(
    "the new state of a cell that the script wrote itself is the state of the next round",
    dropped,
    turn=Turn.LAST,
)
