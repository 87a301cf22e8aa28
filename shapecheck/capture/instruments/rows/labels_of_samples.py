"""Which targets of a step have one item for each sample of its inputs, where nothing says how they were picked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shapecheck.capture.instruments.rows.few_of_one_place import few_of_one_place
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.separation import Moves, probe, separate_axes
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, REARRANGES, SORTS

_PASSES = REARRANGES | CONVERTS | {"expand", "expand_as", "broadcast_to"}


def labels_of_samples(step: Step, inputs: Sequence[Moves], met: Iterable[tuple[Node, int]]) -> list[Ref]:
    """Targets of which each item meets the same item of an input at the loss; and labels beside what was ranked.

    Args:
        step: The step.
        inputs: What the samples of the inputs move.
        met: Operations, and which of their operands is spread along the other one.
    """
    sizes = {step.tape.shape(moves.source)[moves.axis] for moves in inputs}
    fitting = [
        ref
        for ref in few_of_one_place(step, step.targets)
        if step.tape.shape(ref)[:1] and step.tape.shape(ref)[0] in sizes
    ]
    beside = [node.parents[short] for node, short in met if _is_ranked(step, node.parents[1 - short])]
    ranked = {origin(step.tape, ref, _PASSES, first=step.first)[0] for ref in beside}
    return [ref for ref in fitting if (ref in ranked and _is_repeated(step, ref)) or _meets(step, inputs, ref)]


def _meets(step: Step, inputs: Sequence[Moves], target: Ref) -> bool:
    """Whether an item of a target moves the same place of a term of the loss as that item of an input."""
    try:
        moves = probe(step, target, 0)
    except Exception:
        # What does not run with other numbers says nothing.
        return False
    for term in step.terms:
        mine = moves.masks(term.ref)
        for other in inputs:
            axes = separate_axes(mine) if moves.items == other.items else []
            if axes and axes == separate_axes(other.masks(term.ref)):
                both = zip(mine, other.masks(term.ref), strict=True)
                if all(separate_axes([one, two]) == [] for one, two in both):
                    return True
    return False


def _is_ranked(step: Step, ref: Ref) -> bool:
    """Whether it says which items come first, whose numbers are all different."""
    at, node = origin(step.tape, ref, _PASSES)
    is_order = node.name in SORTS and at.out == len(node.shapes) - 1
    return is_order and not step.tape.dtype(at).is_floating_point


def _is_repeated(step: Step, ref: Ref) -> bool:
    """Whether some number stands in it twice, which it does not in a row of ranks."""
    value = step.value(ref)
    return value.ndim == 1 and len(value.unique()) < len(value)  # type: ignore[no-untyped-call]
