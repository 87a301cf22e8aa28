"""Rounds of a recurrent layer that are one step each along the axis which the layer takes for the samples."""

from __future__ import annotations

from itertools import pairwise

from shapecheck.capture.instruments.rows.made_in_turn import keeps_rows
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import HANDS_ON

_FEWEST = 4


def is_walked_beside(step: Step, rounds: list[Node]) -> bool:
    """Whether the rounds of a layer with time in front are steps, one in each, that lie along axis 1.

    A piece of one long series looks alike, several steps of one sample, and hands its state on as well. But the pieces
    are joined behind each other, along axis 0, and no step of one is made of the same step of the piece before.

    Args:
        step: The step.
        rounds: The calls of one layer at one place, in their order.
    """
    if len(rounds) < _FEWEST:
        return False
    shapes = {step.tape.shape(node.parents[0]) for node in rounds}
    shape = next(iter(shapes))
    if len(shapes) > 1 or rounds[0].args[8] or shape[0] < 2 or shape[1] != 1:
        return False
    turns = list(pairwise(rounds))
    return all(_hands_on(step, *pair) and _is_told_its_row(step, *pair) for pair in turns) and _are_joined(step, rounds)


def _hands_on(step: Step, before: Node, node: Node) -> bool:
    """Whether a round starts from the state that the round before ended in."""
    states = list(refs_in((node.args[1],)))
    return bool(states) and all(origin(step.tape, ref, HANDS_ON)[1] is before for ref in states)


def _is_told_its_row(step: Step, before: Node, node: Node) -> bool:
    """Whether what goes in was made, row by row, of what the round before returned."""
    given = node.parents[0]
    count, kept = step.tape.shape(given)[0], {before.ref}
    for index in ancestors(step.tape, [given], before.index + 1):
        between = step.node(index)
        mine = [ref for ref in between.parents if ref in kept]
        if mine and keeps_rows(step.tape, between, mine, count):
            kept |= {Ref(index, out) for out in range(len(between.shapes))}
    return given in kept


def _are_joined(step: Step, rounds: list[Node]) -> bool:
    """Whether what came of each round is put behind that of the one before, along axis 1."""
    count = step.tape.shape(rounds[0].parents[0])[0]
    for node in step.nodes:
        if node.index < rounds[-1].index or node.name not in ("cat", "stack") or len(node.parents) != len(rounds):
            continue
        axis = node.argument(1, "dim", default=0)
        fits = (count,) if node.name == "stack" else (count, 1)
        if axis == 1 and all(
            step.tape.shape(item)[: len(fits)] == fits and made.index in ancestors(step.tape, [item], made.index)
            for item, made in zip(node.parents, rounds, strict=True)
        ):
            return True
    return False
