"""Whether an axis of a target may count the same items as an axis of an input, or only has as many by chance."""

from __future__ import annotations

from shapecheck.capture.instruments.axes.samples_axis import in_no_order, is_random, samples_axis
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import RANDOM

_PICKS = frozenset(["__getitem__", "select", "index_select"])


def counts_the_same(step: Step, source: Ref, target: Ref, axis: int) -> bool:
    """Whether item k of an axis of a target can belong to item k of that axis of an input.

    A target that is a store, of which the step picks some items along another axis, has its samples there. Where both
    first axes are as long as there are samples, only an input with the same two axes says which is which.
    """
    shape, own = step.tape.shape(target), samples_axis(step.tape, target)
    if own is not None and own != axis:
        return False
    has_same_axes = step.tape.shape(source)[:2] == shape[:2]
    readers = [node for node in step.nodes if target in node.parents]
    picks = [_picked(node, target) for node in readers]
    along = {pick[0] for pick in picks if pick is not None}
    if picks and None not in picks and len(along) == 1 and along != {axis}:
        keys = [pick[1] for pick in picks if pick is not None]
        numbers = [key for key in keys if isinstance(key, int)]
        if any(isinstance(key, Ref) and is_random(step.tape, key, *RANDOM) for key in keys) or in_no_order(numbers):
            return False
        if len(picks) == shape[axis] and not has_same_axes:
            return False
    is_square = any(size == shape[axis] for at, size in enumerate(shape[:2]) if at != axis)
    return has_same_axes or not is_square


def _picked(node: Node, target: Ref) -> tuple[int, object] | None:
    """Along which axis an operation picks items of a tensor, and by what."""
    if node.name not in _PICKS or node.parents[0] != target:
        return None
    if node.name != "__getitem__":
        given = node.args[1:3]
        return (given[0], given[1]) if len(given) == 2 and isinstance(given[0], int) else None
    index = node.argument(1)
    *front, last = index if isinstance(index, tuple) and index else (index,)
    is_one = (isinstance(last, int) and not isinstance(last, bool)) or isinstance(last, Ref)
    return (len(front), last) if is_one and all(part == slice(None) for part in front) else None
