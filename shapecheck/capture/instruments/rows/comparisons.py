"""Operations that hold samples against each other on purpose: a table with a row and a column for each of them."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.trials.separation import Moves, difference, items_of, replaced_item, separate_axes
from shapecheck.capture.recording.replay import descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

_TABLES = frozenset(
    ["matmul", "rmatmul", "mm", "bmm", "einsum", "cdist", "inner", "tensordot", "addmm", "cosine_similarity", "sub",
     "mul", "pairwise_distance"]
)  # fmt: skip


def apart_until_compared(step: Step, before: Moves, after: Moves) -> bool:
    """Whether samples that met already come apart up to the operations that hold them against each other.

    Args:
        step: The step.
        before: What moved with each sample in the step as it is.
        after: The same with a change.
    """
    found = False
    for node, operands in _tables(step, before):
        moved = [ref for ref in operands if ref in after.moved[0]]
        if not moved or not all(after.is_separate(ref) for ref in moved):
            return False
        if _is_table(step, node, after, moved):
            found |= not all(before.is_separate(ref) for ref in moved)
        elif not after.is_separate(node.ref):
            # The samples are what is summed over: a table of features, for which statistics of the batch are meant.
            return False
    return found


def _tables(step: Step, moves: Moves) -> Iterator[tuple[Node, tuple[Ref, ...]]]:
    """The first operations of which two operands were made of inputs, and that might hold each against each."""
    reached = set(step.inputs)
    behind: set[int] = set()
    for index in descendants(step.tape, reached, step.order):
        node = step.node(index)
        operands = tuple(parent for parent in node.parents if parent in reached and parent in step.learned)
        outs = {Ref(index, out) for out in range(len(node.shapes))}
        reached |= outs
        if any(parent.node in behind for parent in node.parents):
            behind.add(index)
        elif node.name in _TABLES and index in step.to_loss and len(operands) > 1 and Ref(index) in moves.moved[0]:
            sizes = [step.tape.shape(ref) for ref in operands]
            if len(node.shapes[0]) > 1 and (node.name not in _ELEMENTWISE or node.shapes[0] not in sizes):
                behind.add(index)
                yield node, operands


_ELEMENTWISE = frozenset(["sub", "mul", "cosine_similarity", "pairwise_distance"])


def _is_table(step: Step, node: Node, after: Moves, moved: list[Ref]) -> bool:
    """Whether what comes out has an axis for the samples of one operand, and another for those of the other one."""
    size = after.moved[0][after.source].shape[after.axis]
    sides: set[int] = set()
    for ref in moved:
        axes = [axis for axis in separate_axes(after.masks(ref)) if step.tape.shape(ref)[axis] % size == 0]
        if len(axes) != 1:
            return False
        lines = _lines(step, node, ref, axes[0])
        if not lines or any(node.shapes[0][axis] % size for axis in lines):
            return False
        sides |= set(lines)
    return len(sides) > 1 or any(
        length % size == 0 and axis not in sides for axis, length in enumerate(node.shapes[0]) if length > 1
    )


def _lines(step: Step, node: Node, ref: Ref, axis: int) -> list[int]:
    """Along which axes of what comes out the items of one operand stay apart."""
    base = step.run()
    value = step.value(ref)
    masks = []
    for item in items_of(value.shape[axis], 3):
        changed = {ref: replaced_item(value, axis, item)}
        after = replay(step.tape, [node.index], changed, None, base)
        masks.append(difference(base[node.ref], after[node.ref]))
    if node.parents.count(ref) > 1:
        # A tensor that is held against itself: a row and a column for each item.
        return [at for at in range(masks[0].ndim) if masks[0].shape[at] == value.shape[axis]]
    return separate_axes(masks)
