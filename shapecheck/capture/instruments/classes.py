"""Which axis of which scores a loss takes for the classes."""

from __future__ import annotations

from dataclasses import dataclass

from shapecheck.capture.instruments.samples_axis import turned
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CUTS

KEEPS_CLASSES = frozenset(
    [
        "detach", "to", "float", "double", "half", "cpu", "cuda", "contiguous", "clone", "softmax", "log_softmax",
        "sigmoid", "exp", "long", "int", "type",
    ]
)  # fmt: skip
_MOVES = frozenset(["squeeze", "unsqueeze", "transpose", "permute", "t", "T"])
_HOPS = 10

# A model and the how manyth of its outputs -> how many axes that has, and which of them holds the classes.
Known = dict[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Classes:
    """Scores, the axis of them that the loss takes for the classes, and what they were held against."""

    scores: Ref
    axis: int
    labels: Ref | None


def classes_of(step: Step) -> list[Classes]:
    """What the losses of a step say of the tensors that their scores were made of."""
    found = []
    for index in step.order:
        node = step.node(index)
        if index not in step.to_loss or node.name not in CLASS_LOSSES or len(node.parents) < 2:
            continue
        scores, labels = node.parents[:2]
        ndim = len(step.tape.shape(scores))
        if ndim < 2 or len(step.tape.shape(labels)) != ndim - 1 or scores not in step.learned:
            # Labels with as many axes are probabilities; without samples there is nothing to confuse.
            continue
        for ref, axis in above(step, scores, 1):
            found.append(Classes(ref, axis, origin_of(step, labels)))
    # A loss of both directions takes either axis for the classes.
    axes = {(item.scores, item.axis) for item in found}
    return [item for item in found if sum(ref == item.scores for ref, _ in axes) == 1]


def known_by_model(step: Step) -> Known:
    """The same for the outputs of the models, for what is measured of them later."""
    axes = {item.scores: item.axis for item in classes_of(step)}
    return {
        (id(root.module), at): (len(step.tape.shape(ref)), axes[ref])
        for root in step.roots
        for at, ref in enumerate(root.outputs)
        if ref in axes
    }


def above(step: Step, ref: Ref, axis: int) -> list[tuple[Ref, int]]:
    """The tensors that one was made of by turns and number by number, each with where the axis is in it."""
    found = [(ref, axis)]
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.function is None or ref.node < step.first or not node.parents or ref.out:
            break
        before, after = step.tape.shape(node.parents[0]), step.tape.shape(ref)
        at: int | None = None
        if node.name in KEEPS_CLASSES and before == after:
            at = axis
        elif node.name in CUTS:
            at = _uncut(before, after, axis)
        else:
            at = next((old for old in range(len(before)) if turned(step.tape, node, old) == axis), None)
        if at is None:
            break
        ref, axis = node.parents[0], at
        found.append((ref, axis))
    return found


def _uncut(before: tuple[int, ...], after: tuple[int, ...], axis: int) -> int | None:
    """Where the last or first axis was before all the others were joined."""
    if axis == len(after) - 1 and before[-1] == after[-1] and after[-1] > 1:
        return len(before) - 1
    return axis if before[: axis + 1] == after[: axis + 1] else None


def origin_of(step: Step, ref: Ref) -> Ref:
    """What labels were made of, whatever their shape."""
    for _ in range(_HOPS):
        node = step.node(ref.node)
        is_own = ref.node >= step.first and node.function is not None and node.parents and not ref.out
        if not is_own or node.name not in KEEPS_CLASSES | CUTS | {
            "squeeze",
            "unsqueeze",
            "transpose",
            "permute",
            "t",
            "T",
        }:
            break
        ref = node.parents[0]
    return ref
