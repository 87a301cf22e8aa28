"""Beams of a search that were chosen among those before, beside a state that is still that of the beams before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import torch

from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import TAKES_ROWS
from shapecheck.findings import Fix

_DIVIDES = frozenset(["floor_divide", "div"])


def beams_moved_alone(step: Step) -> Iterator[Sighting]:
    """``beams = cat((beams[parent], word), 1)``, and the next call takes the state as the last one returned it.

    The best of all continuations say by their numbers which beam each of them goes on from. What a model has read of a
    beam goes with it: row k of the state is of the beam that stood there, and another one may stand there now.
    """
    for one, other in _calls_in_turn(step):
        given = [*other.inputs, *other.named.values()]
        states = [ref for ref in given if ref in one.outputs and _is_made_there(step, one, ref)]
        if not states:
            continue
        for node in map(step.node, range(one.first, other.first)):
            best = _best_of(step, node, one)
            if best is None or not any(best in ancestors(step.tape, [ref], one.first) for ref in given):
                continue
            if _moves_by(step, other, node.parents[1]):
                continue
            state = _left_behind(step, node.parents[1], states)
            if state is not None:
                yield _told(step, node, state)
                return


def _calls_in_turn(step: Step) -> Iterator[tuple[Root, Root]]:
    for module in {id(root.module): root.module for root in step.roots}.values():
        yield from pairwise(root for root in step.roots if root.module is module and not root.graded)


def _is_made_there(step: Step, root: Root, ref: Ref) -> bool:
    return ref not in root.inputs and ref not in root.named.values() and step.tape.dtype(ref).is_floating_point


def _best_of(step: Step, node: Node, call: Root) -> int | None:
    """The ``topk`` of all continuations by whose numbers rows are picked: divided by how many words there are."""
    if node.name not in TAKES_ROWS or len(node.parents) != 2 or node.root >= 0:
        return None
    if len(step.tape.shape(node.parents[1])) != 1 or step.tape.dtype(node.parents[1]).is_floating_point:
        return None
    made = [step.node(index) for index in ancestors(step.tape, [node.parents[1]], call.first)]
    if not any(other.name in _DIVIDES for other in made):
        return None
    return next((other.index for other in reversed(made) if other.name == "topk" and other.root < 0), None)


def _moves_by(step: Step, call: Root, by: Ref) -> bool:
    """Whether the next call is given the numbers of the beams that it goes on from, and picks rows by them itself."""
    nodes = map(step.node, range(call.first, call.last))
    return any(by in node.parents[1:] and node.name in TAKES_ROWS | {"gather", "take_along_dim"} for node in nodes)


def _left_behind(step: Step, by: Ref, states: list[Ref]) -> Ref | None:
    """A state that has a row for each beam, no two of them alike, where not every beam goes on from its own row."""
    parents = step.value_of_input(by)
    if parents is None or torch.equal(parents, torch.arange(len(parents))):
        return None
    for state in states:
        shape = step.tape.shape(state)
        axis = next((axis for axis in (1, 0) if shape[axis : axis + 1] == (len(parents),)), None)
        value = step.value_of_input(state) if axis is not None and len(parents) > 1 else None
        if value is None or axis is None or int(parents.max()) >= len(parents):
            continue
        rows = value.movedim(axis, 0).flatten(1)
        if not torch.equal(rows[parents], rows):
            return state
    return None


def _told(step: Step, node: Node, state: Ref) -> Sighting:
    (count,) = step.tape.shape(node.parents[1])
    text = (
        f"the {count} beams go on from others than those that stood in their rows, and what was written so far is put "
        f"into their order; the state {step.tape.shape(state)}, which the next call starts from, is not: it has read "
        "another beam"
    )
    return sighted("rows_moved_alone", node, text, (Fix("the same rows of the state", (), "no"),))


PROBE = Probe(
    "the states of a search go with its beams",
    lambda look: beams_moved_alone(look.step),
    in_evaluation=True,
    of_followed=True,
)
