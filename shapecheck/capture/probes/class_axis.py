"""The likeliest class is sought along an axis that does not hold the classes, by what the loss takes for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.probes.alternatives import axis_of
from shapecheck.capture.probes.samples_axis import turned
from shapecheck.capture.probes.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probes.step import Step
from shapecheck.capture.probes.tape import Node, Ref
from shapecheck.capture.probes.vocabulary import CLASS_LOSSES, CUTS, EQUALS
from shapecheck.findings import Fix

_KEEPS = frozenset(
    [
        "detach", "to", "float", "double", "half", "cpu", "cuda", "contiguous", "clone", "softmax", "log_softmax",
        "sigmoid", "exp", "long", "int", "type",
    ]
)  # fmt: skip
_PICKS = frozenset(["argmax", "max", "topk", "sort", "argsort"])
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
        for ref, axis in _above(step, scores, 1):
            found.append(Classes(ref, axis, _origin(step, labels)))
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


def guessed_along_other_axis(step: Step, known: Known | None = None) -> Iterator[Sighting]:
    """A guess that is held against labels, and sought along another axis of the same scores than the classes'.

    The largest along another axis is worth something of its own (the moment at which a class peaks), so it counts only
    where it is compared with the labels of the loss.
    """
    classes = {item.scores: item for item in classes_of(step)}
    for root in step.roots if known else ():
        for at, ref in enumerate(root.outputs):
            ndim, axis = (known or {}).get((id(root.module), at), (0, 0))
            if ndim == len(step.tape.shape(ref)) and ref not in classes:
                classes[ref] = Classes(ref, axis, None)
    told: set[int] = set()
    for index in step.order:
        node = step.node(index)
        if node.name not in _PICKS or not node.parents or node.spot is None or node.spot.line in told:
            continue
        shape = step.tape.shape(node.parents[0])
        along = axis_of(node, len(shape))
        if along is None and node.name in ("topk", "sort", "argsort"):
            along = _given(node, len(shape))
        if along is None or len(shape) < 2:
            continue
        # The same axis, seen from the tensor that the loss knows.
        for ref, axis in _above(step, node.parents[0], along):
            item = classes.get(ref)
            if item is None:
                continue
            new = next((at for at in range(len(shape)) if (ref, item.axis) in _above(step, node.parents[0], at)), None)
            if axis != item.axis and new is not None and _is_held_against(step, node, item):
                told.add(node.spot.line)
                text = (
                    f"{node.name} runs along axis {along} of {shape}; the loss takes axis {new} for the classes. It "
                    f"says where along axis {along} a class is likeliest, and is held against labels, which say which "
                    "class is"
                )
                kind = "argmax_along_other_axis"
                yield sighted(kind, node, text, (Fix(f"dim={new}", other_axis(node, new), "no"),))
            break


def _given(node: Node, ndim: int) -> int:
    at = 2 if node.name == "topk" else 1
    value = node.kwargs.get("dim", node.args[at] if len(node.args) > at else -1)
    return value % ndim if isinstance(value, int) and not isinstance(value, bool) else ndim - 1


def _above(step: Step, ref: Ref, axis: int) -> list[tuple[Ref, int]]:
    """The tensors that one was made of by turns and number by number, each with where the axis is in it."""
    found = [(ref, axis)]
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.function is None or ref.node < step.first or not node.parents or ref.out:
            break
        before, after = step.tape.shape(node.parents[0]), step.tape.shape(ref)
        at: int | None = None
        if node.name in _KEEPS and before == after:
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


def _origin(step: Step, ref: Ref) -> Ref:
    """What labels were made of, whatever their shape."""
    for _ in range(_HOPS):
        node = step.node(ref.node)
        is_own = ref.node >= step.first and node.function is not None and node.parents and not ref.out
        if not is_own or node.name not in _KEEPS | CUTS | {"squeeze", "unsqueeze", "transpose", "permute", "t", "T"}:
            break
        ref = node.parents[0]
    return ref


def _is_held_against(step: Step, node: Node, item: Classes) -> bool:
    guess = {Ref(node.index, len(node.shapes) - 1)}
    for index in range(node.index + 1, step.last):
        other = step.node(index)
        mine = [ref for ref in other.parents if ref in guess]
        if not mine:
            continue
        if other.name in _KEEPS | CUTS | {"squeeze"}:
            guess.add(Ref(index))
            continue
        label = next((ref for ref in other.parents if ref not in guess), None)
        if other.name not in EQUALS or label is None or label in step.learned:
            continue
        if step.tape.dtype(label).is_floating_point or step.tape.shape(label) != step.tape.shape(mine[0]):
            continue
        if item.labels is None or _origin(step, label) == item.labels:
            return True
    return False
