"""Which axis of which scores a loss takes for the classes, and which labels it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.instruments.padding.kept_for_loss import Kept, kept_of, mask_of, picked_by_mask
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CUTS

KEEPS_CLASSES = frozenset(
    ["detach", "to", "contiguous", "clone", "softmax", "log_softmax", "sigmoid", "exp", "log", "long", "int"]
)
_MOVES = frozenset(["squeeze", "unsqueeze", "transpose", "permute", "t", "T"])
_HOPS = 10

# cross_entropy(input, target, weight, size_average, ignore_index): counted from 0.
_IGNORE_INDEX = 4


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """What a loss says of scores.

    Args:
        scores: The scores.
        axis: The axis of them that holds the classes.
        labels: What they were held against; None if the loss was another step's.
        ignored: The label that the loss leaves out.
        mask: What the loss picks of all labels, where it does so by a mask of padding: True where it looks.
    """

    scores: Ref
    axis: int
    labels: Ref | None
    ignored: int = -100
    mask: Tensor | None = None


class KnownClasses(NamedTuple):
    """What the losses of earlier steps say of an output of a model."""

    ndim: int
    """How many axes it has."""
    axis: int
    """Which of them holds the classes."""
    ignored: int = -100
    """The label that is left out."""
    kept: Kept | None = None
    """What the model was given by which the loss picked its labels."""


# A model, by its identity, and the how manyth of its outputs.
Known = dict[tuple[int, int], KnownClasses]


def _classes_of(step: Step) -> list[Classes]:
    """What the losses of a step say of the tensors that their scores were made of."""
    found = []
    for node in step.of_loss:
        if node.name not in CLASS_LOSSES or len(node.parents) < 2:
            continue
        scores, labels = node.parents[:2]
        ndim = len(step.tape.shape(scores))
        if ndim < 2 or len(step.tape.shape(labels)) != ndim - 1 or scores not in step.learned:
            # Labels with as many axes are probabilities; without samples there is nothing to confuse.
            continue
        for ref, axis in above(step, scores, 1):
            found.append(Classes(ref, axis, origin_of(step, labels), ignored_label(node)))
    # A loss of both directions takes either axis for the classes.
    axes = {(item.scores, item.axis) for item in found}
    return [item for item in found if sum(ref == item.scores for ref, _ in axes) == 1]


def known_by_model(step: Step) -> Known:
    """The same for the outputs of the models, for what is measured of them later."""
    found = {item.scores: item for item in _classes_of(step)}
    known = {
        (id(root.module), at): KnownClasses(len(step.tape.shape(ref)), found[ref].axis, found[ref].ignored)
        for root in step.roots
        for at, ref in enumerate(root.outputs)
        if ref in found
    }
    for root in step.roots:
        for scores, mask in _picked(step).items():
            for at, ref in enumerate(root.outputs):
                kept = kept_of(step, root, mask) if ref == scores else None
                if kept is not None:
                    ndim = len(step.tape.shape(ref))
                    known.setdefault((id(root.module), at), KnownClasses(ndim, ndim - 1, kept=kept))
    return known


def _picked(step: Step) -> dict[Ref, Ref]:
    """Scores of all positions -> the mask by which a loss over classes picks some of them."""
    found: dict[Ref, Ref] = {}
    for node in step.of_loss:
        if node.name in CLASS_LOSSES and len(node.parents) > 1:
            picked = picked_by_mask(step, node.parents[0], node.parents[1])
            if picked is not None:
                whole, mask = picked
                above_it = above(step, whole, len(step.tape.shape(whole)) - 1)
                found |= {ref: mask for ref, axis in above_it if axis == len(step.tape.shape(ref)) - 1}
    return found


def measured_classes(step: Step, known: Known) -> dict[Ref, Classes]:
    """Scores -> what the losses say of them: of this step, and of earlier ones for the outputs of the same models."""
    found = {item.scores: item for item in _classes_of(step)}
    for root in step.roots if known else ():
        for at, ref in enumerate(root.outputs):
            item = known.get((id(root.module), at))
            if item is not None and item.ndim == len(step.tape.shape(ref)):
                mask = mask_of(step, root, item.kept) if item.kept is not None else None
                found.setdefault(ref, Classes(ref, item.axis, None, item.ignored, mask))
    return found


def ignored_label(node: Node) -> int:
    """The label that a loss over classes leaves out."""
    given = node.argument(_IGNORE_INDEX, "ignore_index", default=-100)
    return given if isinstance(given, int) else -100


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
    return origin(step.tape, ref, KEEPS_CLASSES | CUTS | _MOVES, first=step.first)[0]
