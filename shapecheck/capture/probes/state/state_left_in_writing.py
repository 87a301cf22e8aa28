"""Sequences that a model writes step by step, and forgets after each step what it has written before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.steps.rounds import are_written, rounds_in, start_of, states_of
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Root
from shapecheck.capture.recording.vocabulary import HANDS_ON, RECURRENT, SAME_NUMBERS
from shapecheck.findings import Fix

_FEWEST = 3
_ARITHMETIC = frozenset(["add", "sub", "mul", "div", "lerp", "addcmul", "where"])


def left_in_writing(step: Step) -> Iterator[Sighting]:
    """Calls of one step each, given what came of the call before, whose model returns a state that nobody reads.

    In training the same layer walked through sequences: it had learned to remember. A model that writes with a window
    of the last steps is given several, and one that knows no more than a step was trained on single ones.
    """
    for calls in rounds_in(step, range(step.first, step.last)):
        if len(calls) < _FEWEST or calls[0].name not in RECURRENT or len({start_of(step, node) for node in calls}) > 1:
            continue
        roots = [next((root for root in step.roots if root.first <= node.index < root.last), None) for node in calls]
        held = [root for root in roots if root is not None and not root.graded and root.spot is not None]
        if len(held) < len(calls) or any(one is other for one, other in pairwise(held)):
            continue
        if any(_is_worked_over(step, root) for root in held[1:]):
            continue
        is_dropped = all(_is_dropped(step, node, root) for node, root in zip(calls, held, strict=True))
        if is_dropped and are_written(step, calls) and _has_walked(step, calls[0]):
            yield _told(calls, held[0])
            return


def _is_dropped(step: Step, node: Node, root: Root) -> bool:
    """Whether a model returns the state of its layer, and nothing is made of it."""
    states = set(states_of(node))
    if not states or not states <= set(root.outputs):
        return False
    return not any(states & set(step.node(index).parents) for index in range(node.index + 1, step.last))


def _is_worked_over(step: Step, root: Root) -> bool:
    """Whether a call is given numbers that were reckoned between the calls: one item made better, and no next step."""
    made = origin(step.tape, root.inputs[0], SAME_NUMBERS | HANDS_ON, first=step.first)[1] if root.inputs else None
    return made is not None and made.root < 0 and made.name in _ARITHMETIC


def _has_walked(step: Step, node: Node) -> bool:
    """Whether the layer was trained on sequences of several steps."""
    time = 1 if node.args[8] else 0
    for root in step.tape.roots:
        for index in range(root.first, root.last if root.graded else root.first):
            other = step.node(index)
            if other.module is node.module and other.name == node.name and len(other.args) == len(node.args):
                shape = step.tape.shape(other.args[0])
                if len(shape) == 3 and shape[time] > 1:
                    return True
    return False


def _told(calls: list[Node], root: Root) -> Sighting:
    text = (
        f"{len(calls)} calls are given what came of the one before, one step each, and all of them start from the same "
        "state; the one that the model returns goes into none of them. In training the layer reads whole sequences: "
        "here each step is written with only the one before in mind"
    )
    fix = Fix("the returned state as the state of the next call", (), "no")
    return Sighting("state_not_handed_on", root.spot.span if root.spot else None, text, "", (fix,))


PROBE = Probe(
    "a model that writes step by step remembers what it has written",
    lambda look: left_in_writing(look.step),
    of_followed=True,
)
