"""State of a recurrent agent that runs on although its world is begun anew: by another call than the one for a step."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.steps.resets import holds_below
from shapecheck.capture.instruments.steps.rounds import rounds_in
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.tape import FROM_OUTSIDE, Node, Ref, Tape, refs_in
from shapecheck.capture.recording.user_code import Spot, statement_at
from shapecheck.capture.recording.vocabulary import HANDS_ON, ZEROS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import Loop, loops_of_line, names_in, source_of

_VIEWS = HANDS_ON - {"__getitem__"} | {"flatten"}
_DRAWS = ("rand", "normal", "bernoulli", "multinomial", "uniform", "exponential", "poisson")
# As many steps between two beginnings make an episode.
_LEAST = 2
_HOPS = 12
_MOST_CALLS = 500


def begun(look: Look) -> Iterator[Sighting]:
    """Calls that see the first of a new episode, and start from what the last call of the one before has returned.

    The first things that are seen in each episode are made at one place of a world, all others at another one. They
    are drawn anew, and come of nothing that was there before. Of an agent that is to learn over several episodes the
    state begins anew in a loop around theirs: that one is left alone, unless it begins anew only where an episode has
    ended, or in the midst of one.
    """
    step, before = look.step, look.before
    tape, first = step.tape, step.first if before is None else before.first
    nodes = [index for index in range(first, step.last) if tape.nodes[index].module is not None]
    for calls in rounds_in(step, nodes):
        seen = [_seen(tape, call) for call in calls[:_MOST_CALLS]]
        places = [
            _place(tape.nodes[ref.node].spot, call.spot) if ref is not None else ()
            for ref, call in zip(seen, calls, strict=False)
        ]
        starts = [at for at, place in enumerate(places) if place == places[0]]
        if () in places or len(set(places)) != 2 or not _are_apart(starts, len(places)):
            continue
        for at in starts[1:]:
            ref, call = seen[at], calls[at]
            if ref is not None and _is_drawn_anew(tape, ref, calls[at - 1]) and _goes_on(tape, call, calls[at - 1]):
                others = [other for other, place in zip(calls[1:], places[1:], strict=False) if place != places[0]]
                told = _told(tape, calls[0], call, ref, others)
                if told is not None:
                    yield told
                return


def _are_apart(starts: list[int], count: int) -> bool:
    ends = [*starts[1:], count]
    lengths = [end - start for start, end in zip(starts, ends, strict=True)]
    # The last one may not have ended where the stretch does.
    return len(starts) > 1 and all(length > _LEAST for length in lengths[:-1]) and lengths[-1] > 1


def _seen(tape: Tape, call: Node) -> Ref | None:
    """What a call was given to see, where it was made outside of all modules: numbers, and no symbols."""
    ref, is_outside = call.parents[0], False
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        if node.function is None or node.spot is None:
            return None
        given = [parent for parent in node.parents if tape.nodes[parent.node].kind != "parameter"]
        if node.root < 0:
            if not is_outside and not tape.dtype(ref).is_floating_point:
                return None
            is_outside = True
            if node.name not in _VIEWS or len(given) != 1:
                return ref if _chain(node.spot) != _chain(call.spot) else None
        if len(given) != 1:
            return None
        ref = given[0]
    return None


def _chain(spot: Spot | None) -> tuple[tuple[int, int], ...]:
    found = []
    while spot is not None:
        found.append((id(spot.code), spot.instruction))
        spot = spot.caller
    return tuple(found)


def _place(spot: Spot | None, call: Spot | None) -> tuple[tuple[int, int], ...]:
    """Where a world made something, without the functions that also call the agent: these may begin it anywhere."""
    whole, known = _chain(spot), {code for code, _ in _chain(call)}
    inner = tuple(part for part in whole if part[0] not in known)
    return inner or whole


def _is_drawn_anew(tape: Tape, ref: Ref, last: Node) -> bool:
    """Whether numbers were drawn for it, and nothing in it is older than a call."""
    made = ancestors(tape, [ref], 0)
    leaves = [parent.node for index in made for parent in tape.nodes[index].parents if parent.node not in made]
    is_drawn = any(part in tape.nodes[index].name for index in made for part in _DRAWS)
    # What is made there of plain numbers is new as well.
    is_new = all(tape.nodes[index].name in FROM_OUTSIDE for index in leaves)
    return is_drawn and is_new and all(index > last.index for index in (*made, *leaves))


def _goes_on(tape: Tape, call: Node, last: Node) -> bool:
    """Whether a call starts from what another one has returned, as it was."""
    return any(origin(tape, ref, HANDS_ON, is_alone=True)[1] is last for ref in refs_in((call.args[1],)))


def _told(tape: Tape, first: Node, call: Node, ref: Ref, others: list[Node]) -> Sighting | None:
    blank = _blank(tape, first)
    made, run = _in_one_function(blank.spot if blank is not None else None, call.spot)
    loops = _loops_around(made, run)
    begun = _in_function_of(tape.nodes[ref.node].spot, made)
    is_of_episodes = made is not None and begun is not None and _hang_on_one_name(made, begun)
    if loops is None and not is_of_episodes and not any(_begins(tape, other) for other in others):
        return None
    line = tape.nodes[ref.node].spot.line if tape.nodes[ref.node].spot is not None else 0  # type: ignore[union-attr]
    text = (
        f"what the {call.name} sees here first is drawn anew each time an episode begins (line {line}); its state is "
        "what the call before has returned, which saw the end of another episode"
    )
    fix = Fix("the state begins anew with each episode", _moved_in(made, loops or []), "no")
    seen = sighted("state_across_episodes", call, text, (fix,))
    if loops is None and begun is not None:
        return replace(seen, span=begun.span)
    if made is None or not loops:
        return seen
    # Where the model's constructor blanks it, what is to be changed is what only cuts the gradient off.
    statement, cut = statement_at(made.code.co_filename, made.line), _cut(tape, call)
    is_cut = cut is not None and statement is not None and _makes_a_model(statement)
    return replace(seen, span=cut.span if is_cut and cut is not None else made.span)


def _in_function_of(spot: Spot | None, made: Spot | None) -> Spot | None:
    """The instruction of one function by which another one was run."""
    while spot is not None and made is not None and spot.code is not made.code:
        spot = spot.caller
    return spot if made is not None else None


def _hang_on_one_name(made: Spot, begun: Spot) -> bool:
    """Whether a state is blanked, and a world begun, on a condition of the same name: the end of an episode."""
    return bool(_conditions(made) & _conditions(begun))


def _conditions(spot: Spot) -> set[str]:
    """The names in the conditions on which an instruction is run, within the innermost loop around it."""
    source = source_of(spot.code.co_filename)
    loops = loops_of_line(source, spot.line)
    found = [item for item in ast.walk(loops[0]) if isinstance(item, ast.If | ast.IfExp)] if loops else []
    around = [item for item in found if item.lineno <= spot.line <= (item.end_lineno or item.lineno)]
    return {name for item in around for name in names_in(item.test)}


def _begins(tape: Tape, call: Node) -> bool:
    """Whether a call starts from zeros."""
    state = next(refs_in((call.args[1],)), None) if len(call.args) > 1 else None
    return state is not None and origin(tape, state, HANDS_ON, is_alone=True)[1].name in ZEROS


def _cut(tape: Tape, call: Node) -> Spot | None:
    """Where the state that a call starts from was cut off from what made it, outside of all modules."""
    state = next(refs_in((call.args[1],)), None)
    way = backwards(tape, state, HANDS_ON, is_alone=True) if state is not None else ()
    return next((node.spot for _, node in way if node.name == "detach" and node.root < 0), None)


def _blank(tape: Tape, call: Node) -> Node | None:
    """The zeros that the state was at the very beginning."""
    node = call
    for _ in range(_MOST_CALLS):
        state = next(refs_in((node.args[1],)), None) if len(node.args) > 1 else None
        if state is None:
            return None
        _, node = origin(tape, state, HANDS_ON, is_alone=True)
        if node.name in ZEROS:
            return node
        if node.module is not call.module or node.name != call.name:
            return None
    return None


def _in_one_function(one: Spot | None, other: Spot | None) -> tuple[Spot | None, Spot | None]:
    """The instructions of one function that two others were run by."""
    outer = one
    while outer is not None:
        around = other
        while around is not None:
            if around.code is outer.code:
                return outer, around
            around = around.caller
        outer = outer.caller
    return None, other


def _loops_around(made: Spot | None, run: Spot | None) -> list[Loop] | None:
    """The loops around one instruction, behind another; None if a loop is around both of them."""
    if made is None or run is None:
        return []
    loops = loops_of_line(source_of(made.code.co_filename), run.line)
    if any(holds_below(item, made.line) for item in loops):
        return None
    return [item for item in reversed(loops) if item.lineno > made.line]


def _moved_in(made: Spot | None, loops: list[Loop]) -> tuple[Edit, ...]:
    """The edit that writes what makes the state at the beginning of the loop over the episodes once more."""
    if made is None or not loops:
        return ()
    file = made.code.co_filename
    statement, first = statement_at(file, made.line), loops[0].body[0]
    row, text = linecache.getline(file, first.lineno), linecache.getline(file, made.line).strip()
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    is_plain = isinstance(statement, ast.Expr) or (len(targets) == 1 and isinstance(targets[0], ast.Name))
    if not is_plain or statement is None or statement.lineno != statement.end_lineno or _makes_a_model(statement):
        return ()
    if not (row + text).isascii() or row[: first.col_offset].strip():
        return ()
    return (Edit(file, first.lineno, first.lineno, f"{row[: first.col_offset]}{text}\n{row}"),)


def _makes_a_model(statement: ast.stmt) -> bool:
    """Whether a class is called there, by its name: what it has learned would be lost."""
    called = (ast.unparse(item.func).rpartition(".")[2] for item in ast.walk(statement) if isinstance(item, ast.Call))
    return any(name[:1].isupper() for name in called)


PROBE = Probe(
    "no state runs on into an episode that is begun anew",
    begun,
    needs_no_run=True,
)
