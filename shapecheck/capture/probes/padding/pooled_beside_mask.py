"""Pools over steps whose mask of padding was spread over the steps, and hides as many features instead."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.axes.features_axis import features_of, followed
from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.padding.padded import runs_out
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.operand_edits import with_call
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON
from shapecheck.findings import Fix

_LARGEST, _SMALLEST = frozenset(["max", "amax"]), frozenset(["min", "amin"])


def pooled_beside_mask(step: Step) -> Iterator[Sighting]:
    """``h.masked_fill(~mask[:, None], low).max(1)`` of ``(batch, steps, features)`` with as many features as steps.

    What is filled so that no largest number is found in it is meant to be left out by the pool. A mask that is the same
    for all that is pooled leaves out nothing: it hides whole features, and the more of them, the shorter a row is. So
    does one by whose own count a sum of products with it is divided. What is left must be read as features: the largest
    score of each step, or what is missed at it, has the mask where it belongs.
    """
    for node in step.nodes:
        axes = reduced_axes(step, node) if node.index in step.to_loss else ()
        if len(axes) != 1 or axes[0] == 0 or len(step.tape.shape(node.parents[0])) != 3:
            continue
        made = step.node(node.parents[0].node)
        mask = _filled(step, node, made) or _weighted(step, node, made)
        other = 3 - axes[0]
        if mask is None or made.spot is None or not _lies_along(step, mask, made.shapes[0], other):
            continue
        if not _is_read_as_features(step, node) or not _comes_out_differently(step, made, mask):
            continue
        yield _told(step, made, mask, axes[0], node)
        return


def _filled(step: Step, pool: Node, made: Node) -> Ref | None:
    """The mask by which numbers were filled in that the pool finds in no place where any other one is."""
    if made.name != "masked_fill" or len(made.parents) != 2 or pool.name not in _LARGEST | _SMALLEST:
        return None
    low, values = made.args[-1], step.value(made.parents[0])
    if not isinstance(low, int | float) or made.parents[1] in step.learned:
        return None
    is_beyond = values.min() > low if pool.name in _LARGEST else values.max() < low
    return made.parents[1] if bool(is_beyond) else None


def _weighted(step: Step, pool: Node, made: Node) -> Ref | None:
    """The mask in a product whose sum is divided by how much of the mask there is."""
    if made.name != "mul" or pool.name != "sum" or len(made.parents) != 2:
        return None
    mask = next((ref for ref in made.parents if ref not in step.learned), None)
    own = origin(step.tape, mask, HANDS_ON, first=step.first)[0] if mask is not None else None
    for reader in step.readers(pool):
        divisor = reader.parents[-1] if reader.name == "div" and len(reader.parents) == 2 else None
        counted = [step.node(index) for index in ancestors(step.tape, [divisor], step.first)] if divisor else []
        sums = [other.parents[0] for other in counted if other.name == "sum" and other.index != pool.index]
        if any(origin(step.tape, ref, HANDS_ON, first=step.first)[0] == own for ref in sums):
            return mask
    return None


def _lies_along(step: Step, mask: Ref, shape: tuple[int, ...], axis: int) -> bool:
    """Whether a mask of padding lies along one of two axes of one size, and is the same along the other one."""
    sizes = step.tape.shape(mask)
    value = step.value(mask)
    wanted = tuple(size if at in (0, axis) else 1 for at, size in enumerate(shape))
    if sizes != wanted or shape[1] != shape[2] or not are_truths(value):
        return False
    rows = value.reshape(shape[0], shape[axis]).bool()
    return runs_out(rows) or runs_out(~rows)


def _is_read_as_features(step: Step, pool: Node) -> bool:
    """Whether a Linear reads what a pool leaves beside the samples, and no features of a layer are what is pooled."""
    shape = pool.shapes[0]
    axes = [axis for axis, size in enumerate(shape) if axis and size > 1]
    if len(axes) != 1 or reduced_axes(step, pool) == (features_of(step.tape, step.order).get(pool.parents[0]),):
        return False
    later = [index for index in step.order if index > pool.index]
    held = followed(step.tape, {pool.ref: axes[0]}, later)
    readers = [node for node in map(step.node, later) if node.name == "linear"]
    return any(held.get(ref) == len(step.tape.shape(ref)) - 1 for node in readers for ref in node.parents[:1])


def _comes_out_differently(step: Step, made: Node, mask: Ref) -> bool:
    try:
        return any_term_moved(step, step.run(), step.run_with({made.index: _turned(made, mask)})) is True
    except Exception:
        return False


def _turned(made: Node, mask: Ref) -> Run:
    """The same with the mask along the other axis."""
    at = made.parents.index(mask)

    def run(*given: Tensor, **_: object) -> Tensor:
        operands = list(given)
        operands[at] = operands[at].transpose(1, 2)
        return made.function(*operands)  # type: ignore[misc, no-any-return]

    return run


def _told(step: Step, made: Node, mask: Ref, axis: int, pool: Node) -> Sighting:
    shape, counts = made.shapes[0], step.tape.shape(mask)
    text = (
        f"{pool.name} runs along axis {axis} of {shape}, and the mask {counts} is the same along it: it says how long "
        f"each row is, and hides as many of the {shape[3 - axis]} items of axis {3 - axis}; of the {shape[axis]} that "
        "are pooled none is left out"
    )
    at = made.parents.index(mask)
    fix = Fix("the mask along what is pooled", with_call(made, at, ".transpose(1, 2)"), "call", "the step runs")
    return sighted("mask_along_wrong_axis", made, text, (fix,))


PROBE = Probe(
    "a mask of padding lies along what is pooled",
    lambda look: pooled_beside_mask(look.step),
)
