"""State of a recurrent agent that runs on while its world begins anew in some rows, and says so to nobody."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.padding.arguments_left_out import LeftOut, left_out
from shapecheck.capture.instruments.steps.episode_ends import (
    begins_anew,
    cuts_a_chain,
    cuts_the_next,
    is_told_to_a_model,
)
from shapecheck.capture.instruments.steps.fresh_rows import (
    are_ends,
    begun_behind,
    begun_there,
    handed_on,
    named_by,
    replaced_rows,
    taken_on,
)
from shapecheck.capture.instruments.tensors.names import function_around, is_unread
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, refs_in
from shapecheck.capture.recording.user_code import Spot, span_of, statement_at
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT
from shapecheck.findings import Fix


def unheard(step: Step) -> Iterator[Sighting]:
    """Rows that a world replaces by fresh ones, as it says in a result that nobody reads, or that the agent asks for.

    The agent's state goes from call to call as it came, and what the agent sees next is made of the fresh rows. Where
    it is read, the same must keep the rewards of what comes next out of what was before, and be told to no model.
    """
    cells = [node for node in step.all_of_loss if node.name in CELLS | RECURRENT]
    handed = [(before, node) for before, node in handed_on(step, cells)]
    if not handed or len(handed) < len(cells) - len({id(node.module) for node in cells}):
        return
    for before, cell in handed:
        seen = set(ancestors(step.tape, list(refs_in((cell.args[0],))), before.index))
        for index in sorted(seen):
            node = step.node(index)
            ends = replaced_rows(step, node) if node.root < 0 else None
            if ends is None or not are_ends(step.tape, ends, step.value(ends), cell) or not begins_anew(step, node):
                continue
            made = step.node(ends.node)
            name, outer = named_by(made)
            asked = _asked_for(cell, outer) if name else None
            if asked is not None:
                yield _never_given(cell, asked, name)
                return
            if outer is not None and _is_given_to_nobody(outer, name):
                yield replace(_told(cell), span=outer.span)
                return
            if (cuts_the_next(step, ends) or cuts_a_chain(step, ends)) and not is_told_to_a_model(step, ends):
                yield _cut_elsewhere(before, cell, made, (name, outer))
                return


def _is_given_to_nobody(outer: Spot, name: str) -> bool:
    return is_unread(function_around(outer), statement_at(outer.code.co_filename, outer.line), name)


def _asked_for(cell: Node, outer: Spot | None) -> LeftOut | None:
    """The optional argument by which a model would cut its state, and which the function at hand never gives it."""
    if cell.spot is None or outer is None:
        return None
    found = [one for one in left_out(cell.spot) if one.spot.code is outer.code]
    return found[0] if len(found) == 1 else None


def _never_given(cell: Node, asked: LeftOut, name: str) -> Sighting:
    text = (
        f"`{name}` says which rows of the world begin anew; {ast.unparse(asked.call.func)}() would cut its state by "
        f"{asked.name!r}, and is not given it: in these rows the {cell.name} starts from what it returned before, as "
        "it was, and begins with what was remembered of what has ended"
    )
    fix = Fix(f"{asked.name}={name}", asked.given(name), "no")
    return replace(sighted("state_across_episodes", cell, text, (fix,)), span=asked.spot.span)


def _told(cell: Node) -> Sighting:
    line = cell.spot.line if cell.spot is not None else 0
    text = (
        f"what comes back here says which rows begin anew, and nobody reads it; the state that the {cell.name} in line "
        f"{line} starts from is what it returned before, as it was, in these rows too: they begin with what was "
        "remembered of what has ended"
    )
    fix = Fix("the state times (~done)[:, None], one factor a row", (), "no")
    return sighted("state_across_episodes", cell, text, (fix,))


def _cut_elsewhere(before: Node, cell: Node, made: Node, given: tuple[str, Spot | None]) -> Sighting:
    """The ends are read, and only for what the rewards are worth."""
    name, outer = given
    said = f"`{name}` says" if name else "it is known"
    text = (
        f"{said} which rows begin anew: there the rewards to come are cut off, and what the agent sees next is fresh; "
        f"the state that the {cell.name} starts from is what it returned before, as it was, in these rows too: they "
        "begin with what was remembered of what has ended"
    )
    call, around = before.spot, outer or made.spot
    while call is not None and around is not None and call.code is not around.code:
        call = call.caller
    both = (outer, call) if outer is not None and call is not None and name else None
    taken = taken_on(*both) if both is not None else None
    edits = begun_behind(cell, *both, name) if both is not None else ()
    place = outer or call or cell.spot
    if taken is not None and place is not None:
        edits = begun_there(place.code.co_filename, taken, name) if "lstm" not in cell.name else ()
    fix = Fix("the state times (~done)[:, None], one factor a row", edits, "no")
    seen = sighted("state_across_episodes", cell, text, (fix,))
    if place is None:
        return seen
    return replace(seen, span=place.span if taken is None else span_of(place.code.co_filename, taken))


PROBE = Probe(
    "no state runs on where its world begins anew",
    lambda look: unheard(look.step),
)
