"""Recurrent layers that walk along the samples of what was made step by step, and take the steps for samples."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.state_sizes import counted_along, is_state_given
from shapecheck.capture.instruments.rows.made_in_turn import steps_axes
from shapecheck.capture.instruments.steps.rounds_beside import is_walked_beside
from shapecheck.capture.instruments.tensors.made import at_constructor, outer_layer
from shapecheck.capture.instruments.trials.alternatives import alternatives
from shapecheck.capture.instruments.trials.sighting import Sighting, in_constructor, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import RECURRENT
from shapecheck.findings import Fix

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
        if is_walked_beside(step, [other for other in layers if other.repeats(node)]):
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


PROBE = Probe(
    "recurrent layers walk along what was made step by step",
    lambda look: walks_beside(look.step),
    turn=Turn.FIRST,
)
