"""Recurrent layers that walk along the samples of what was made step by step, and take the steps for samples."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.axes.state_sizes import counted_along, is_state_given
from shapecheck.capture.instruments.rows.made_in_turn import keeps_rows, steps_axes
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.made import at_constructor, outer_layer
from shapecheck.capture.instruments.trials.alternatives import alternatives
from shapecheck.capture.instruments.trials.sighting import Sighting, in_constructor, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import HANDS_ON, RECURRENT
from shapecheck.findings import Fix

_FEWEST = 4
_ARGUMENTS = 9


def walks_beside(step: Step) -> Iterator[Sighting]:
    """Layers that take for the samples what were steps: each item along that axis was made of the one before."""
    layers = [node for node in step.of_loss if _is_layer(step, node)]
    given = [node.parents[0] for node in layers]
    lies = steps_axes(step.tape, given, layers[-1].index) if layers else {}
    for node in layers:
        shape, batch = step.tape.shape(node.parents[0]), 0 if node.args[8] else 1
        if lies.get(node.parents[0]) == batch and shape[1 - batch] > 1:
            yield _told(step, node, batch, _made_in_turn(shape, batch))
            return
    for node in layers:
        if _is_walked_beside(step, [other for other in layers if other.repeats(node)]):
            yield _told(step, node, 1, _handed_on(step.tape.shape(node.parents[0])))
            return


def _is_layer(step: Step, node: Node) -> bool:
    is_padded = node.name in RECURRENT and len(node.args) == _ARGUMENTS and isinstance(node.args[8], bool)
    return is_padded and len(step.tape.shape(node.parents[0])) == 3


def _made_in_turn(shape: tuple[int, ...], batch: int) -> str:
    return (
        f"{shape}, holds {shape[batch]} steps: each was made of the one before, row by row. The layer takes them for "
        f"samples, and walks along axis {1 - batch}, from one of the {shape[1 - batch]} rows to the next"
    )


def _handed_on(shape: tuple[int, ...]) -> str:
    return (
        f"{shape}, is the step of one round: each row is made of what the round before returned for it, and the rounds "
        f"are joined along this axis. The layer takes it for the samples, walks along axis 0, from one of the "
        f"{shape[0]} rows to the next, and hands one state on for all of them"
    )


def _told(step: Step, node: Node, batch: int, seen_of_it: str) -> Sighting:
    line = node.spot.line if node.spot is not None else 0
    text = f"axis {batch} of what this layer is given in line {line}, {seen_of_it}"
    other = next((item for item in alternatives(step, node.index) if item.kind == "batch_first"), None)
    if other is None:
        return sighted("recurrent_along_batch", node, text)
    made = outer_layer(step, node, "batch_first")
    edits, title = in_constructor(made, other.title), other.title
    if edits and is_state_given(step, node):
        edits, title = (*edits, *counted_along(node, batch, 1 - batch)), f"{title}, and the initial state likewise"
    fix = Fix(title, edits, tried(step, other.instead), "it walks from step to step")
    seen = sighted("recurrent_along_batch", node, text, (fix,))
    # Where the samples were asked for in front, what the layer is given may as well be wrong.
    return at_constructor(made, seen) if edits and batch else seen


def _is_walked_beside(step: Step, rounds: list[Node]) -> bool:
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


PROBE = Probe(
    "recurrent layers walk along what was made step by step",
    lambda look: walks_beside(look.step),
    turn=Turn.FIRST,
)
