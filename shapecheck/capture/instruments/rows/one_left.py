"""What comes of a step where some of its operations hold one item along an axis: all that they meet has one as well."""

from __future__ import annotations

from collections.abc import Collection

from shapecheck.capture.recording.replay import Run, Values, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref


def with_one_left(step: Step, nodes: Collection[Node], axis: int, run: Run) -> Values:
    """The values behind some operations of one operand, such as all turns of a loop, with the first item alone.

    What they meet on the way is cut to its first item where it has an axis of as many; where it has none, such as a
    target that was flattened, it is computed anew of what has one.

    Args:
        step: The step.
        nodes: The operations; what they read has the items along one axis.
        axis: The axis.
        run: What they do instead.

    Raises:
        RuntimeError: It does not run with one item, or it is not certain what belongs to it.
    """
    size = step.tape.shape(next(iter(nodes)).parents[0])[axis]
    made = {node.ref for node in nodes}
    order = {*descendants(step.tape, made, step.order), *(ref.node for ref in made)}
    cut = {node.parents[0]: axis for node in nodes if node.parents[0].node not in order}
    open_refs = [ref for index in order for ref in step.node(index).parents]
    while open_refs:
        ref = open_refs.pop()
        if ref.node in order or ref in cut or _is_held(step, ref):
            continue
        at = _axis_of(step, ref, size)
        if at is not None:
            cut[ref] = at
        elif not step.is_leaf(ref):
            order.add(ref.node)
            open_refs += step.node(ref.node).parents
    first = {ref: step.value(ref).narrow(at, 0, 1) for ref, at in cut.items()}
    return step.rearranged(first, {node.index: run for node in nodes}, sorted(order))


def _is_held(step: Step, ref: Ref) -> bool:
    """Whether a model holds it, for whatever batch."""
    return ref in step.inner or step.tape.nodes[ref.node].kind == "parameter" or ref in step.tape.bare


def _axis_of(step: Step, ref: Ref, size: int) -> int | None:
    """The axis of a tensor that counts the same items, by its size; None if it has none."""
    sizes = step.tape.shape(ref)
    if size < 2 or size not in sizes:
        return None
    if sizes.count(size) > 1:
        raise RuntimeError("two axes are as long as that of the items")
    return sizes.index(size)
