"""Batches whose rows a script picked by lists of numbers, in no order: by what it has shuffled where nobody listens."""

from __future__ import annotations

from collections.abc import Sequence

from shapecheck.capture.instruments.axes.samples_axis import in_no_order
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CONVERTS, HANDS_ON

_LEAST = 3


def are_picked_in_no_order(step: Step, before: Step) -> bool:
    """Whether the rows of the inputs were picked by numbers in no order, and do not go on from those of a batch before.

    Rows that go on, each of them where it ended, have numbers that all grow by the same.
    """
    for source in step.inputs:
        picked = _picked(step.tape, source)
        if picked is None:
            continue
        node, numbers = picked
        for other in before.inputs:
            last = _picked(step.tape, other)
            if last is None or last[0] is node or not last[0].repeats(node) or len(last[1]) != len(numbers):
                continue
            steps = {one - two for one, two in zip(numbers, last[1], strict=True)}
            if len(steps) > 1 and in_no_order(numbers) and in_no_order(last[1]):
                return True
    return False


def _picked(tape: Tape, source: Ref) -> tuple[Node, Sequence[int]] | None:
    """What picked the rows of a tensor by a list of numbers, and that list."""
    for _, node in backwards(tape, source, HANDS_ON):
        if node.name not in ("__getitem__", "index_select") or len(node.args) < 2:
            continue
        numbers = _numbers(tape, node.index_parts[0] if node.name == "__getitem__" else node.args[-1])
        if numbers is not None and len(numbers) >= _LEAST and node.shapes[0][:1] == (len(numbers),):
            return node, numbers
    return None


def _numbers(tape: Tape, index: object) -> Sequence[int] | None:
    """The numbers of a list, of an array, or of a tensor that was made of one of them."""
    found: object = getattr(index, "tolist", lambda: index)()
    if isinstance(index, Ref):
        made = [node for _, node in backwards(tape, index, CONVERTS)][-1]
        held = tape.held.get(index)
        found = held.tolist() if made.function is None and held is not None and held.ndim == 1 else None
    return found if isinstance(found, list) and all(type(one) is int for one in found) else None
