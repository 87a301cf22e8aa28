"""Sequences that a model writes step by step, and forgets after each step what it has written before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.steps.resets import attribute_kept, reset_in_loop
from shapecheck.capture.instruments.steps.rounds import are_written, rounds_in, start_of, states_of
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Root, refs_in
from shapecheck.capture.recording.user_code import span_of
from shapecheck.capture.recording.vocabulary import CELLS, HANDS_ON, RECURRENT, SAME_NUMBERS
from shapecheck.findings import Fix

_FEWEST = 3
_ARITHMETIC = frozenset(["add", "sub", "mul", "div", "lerp", "addcmul", "where"])


def left_in_writing(step: Step) -> Iterator[Sighting]:
    """Calls of one step each, given what came of the call before, whose model returns a state that nobody reads.

    In training the same layer walked through sequences: it had learned to remember. A model that writes with a window
    of the last steps is given several, and one that knows no more than a step was trained on single ones. A model that
    keeps its state for itself, from call to call in training, and begins anew with each step here, is no better.
    """
    for calls in rounds_in(step, range(step.first, step.last)):
        if (
            len(calls) < _FEWEST
            or calls[0].name not in RECURRENT | CELLS
            or len({start_of(step, node) for node in calls}) > 1
        ):
            continue
        roots = [next((root for root in step.roots if root.first <= node.index < root.last), None) for node in calls]
        held = [root for root in roots if root is not None and not root.graded and root.spot is not None]
        if len(held) < len(calls) or any(one is other for one, other in pairwise(held)):
            continue
        if any(_is_worked_over(step, root) for root in held[1:]):
            continue
        if not are_written(step, calls) or not _has_walked(step, calls[0]):
            continue
        if all(_is_dropped(step, node, root) for node, root in zip(calls, held, strict=True)):
            yield _told(calls, held[0])
            return
        kept = _kept_in_training(step, calls[0])
        if kept is not None and set(start_of(step, calls[0])) == {"zeros"}:
            yield _told_of_kept(calls, held[0], kept)
            return


def _is_dropped(step: Step, node: Node, root: Root) -> bool:
    """Whether a model returns the state of its layer, and nothing is made of it.

    What a cell returns is read out as well: that all calls start from the same says enough of it.
    """
    if node.name in CELLS:
        return True
    states = set(states_of(node))
    if not states or not states <= set(root.outputs):
        return False
    return not any(states & set(step.node(index).parents) for index in range(node.index + 1, step.last))


def _kept_in_training(step: Step, node: Node) -> Node | None:
    """What an attribute keeps of a layer's state in training, where a call starts from what the call before has left.

    Whoever hands the state on by hand is free to begin anew; the model that keeps it for itself was told to.
    """
    given = {ref for root in step.tape.roots for ref in (*root.inputs, *root.named.values(), *root.outputs)}
    for root in step.tape.roots:
        for index in range(root.first, root.last if root.trains else root.first):
            other = step.node(index)
            if other.module is not node.module or other.name != node.name:
                continue
            for ref in refs_in(other.args[1:3]):
                ways = list(backwards(step.tape, ref, HANDS_ON, is_alone=True))
                last, made = ways[-1]
                is_of_before = made.module is node.module and last in states_of(made) and made.index < root.first
                if is_of_before and given.isdisjoint(at for at, _ in ways):
                    return next((one for _, one in reversed(ways) if attribute_kept(one.spot)), None)
    return None


def _is_worked_over(step: Step, root: Root) -> bool:
    """Whether a call is given numbers that were reckoned between the calls: one item made better, and no next step."""
    made = origin(step.tape, root.inputs[0], SAME_NUMBERS | HANDS_ON, first=step.first)[1] if root.inputs else None
    return made is not None and made.root < 0 and made.name in _ARITHMETIC


def _has_walked(step: Step, node: Node) -> bool:
    """Whether the layer was trained on sequences of several steps, or the cell on what it had returned before."""
    time = 1 if node.name in RECURRENT and node.args[8] else 0
    for root in step.tape.roots:
        for index in range(root.first, root.last if root.graded else root.first):
            other = step.node(index)
            if other.module is not node.module or other.name != node.name or len(other.args) != len(node.args):
                continue
            if node.name in CELLS:
                if any(origin(step.tape, ref, HANDS_ON)[1].module is node.module for ref in refs_in((other.args[1],))):
                    return True
            else:
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


def _told_of_kept(calls: list[Node], root: Root, kept: Node) -> Sighting:
    attribute = attribute_kept(kept.spot) or ""
    text = (
        f"{len(calls)} calls are given what came of the one before, one step each, and all of them start from zeros. "
        f"In training each call goes on from `{attribute}`, which the one before has left: here each step is written "
        "with only the one before in mind"
    )
    fix = Fix("let the state begin anew in front of the loop, once", (), "no")
    span = root.spot.span if root.spot else None
    reset = reset_in_loop(root.spot, attribute) if root.spot is not None else None
    if reset is not None and root.spot is not None:
        span = span_of(root.spot.code.co_filename, reset)
    return Sighting("state_not_handed_on", span, text, attribute, (fix,))


PROBE = Probe(
    "a model that writes step by step remembers what it has written",
    lambda look: left_in_writing(look.step),
    of_followed=True,
)
