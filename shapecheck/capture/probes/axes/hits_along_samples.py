"""A measure of the best guesses of each sample that asks, for each rank, whether any of the samples was hit."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.axes.hits import hit_of, is_averaged, is_guessed, reduced_axis
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SORTS
from shapecheck.findings import Fix

_ANY = frozenset(["any", "amax", "max"])
# Where the hit is: nobody looks for the first sample that has one.
_WHERE = frozenset(["argmax"])
_HOPS = 8


def hits_along_samples(step: Step) -> Iterator[Sighting]:
    """``(scores.topk(3).indices == labels[:, None]).any(dim=0).float().mean()``."""
    for node in step.recorded:
        if node.name not in _ANY | _WHERE or not node.parents or not node.shapes or node.index in step.to_loss:
            continue
        hit = hit_of(step, node.parents[0])
        shape = step.tape.shape(node.parents[0])
        axis = reduced_axis(node, len(shape)) if len(shape) > 1 else None
        if hit is None or axis is None or hit.shapes[0] != shape or shape[axis] < 2 or len(hit.parents) != 2:
            continue
        ranks = _ranks_axis(step, hit)
        if ranks is None or ranks == axis or not (node.name in _WHERE or is_averaged(step, node)):
            continue
        text = (
            f"axis {ranks} of {shape} holds the {shape[ranks]} guesses for one label: {node.name} along axis {axis} "
            f"asks of each of them whether any of {shape[axis]} samples was hit, and no sample whether it was"
        )
        fix = Fix(f"{node.name}(dim={ranks})", other_axis(node, ranks), "no")
        yield sighted("hits_along_samples", node, text, (fix,))
        return


def _ranks_axis(step: Step, hit: Node) -> int | None:
    """The axis along which different guesses are held against one label; None if it is none or several."""
    for guess, label in (hit.parents, hit.parents[::-1]):
        if is_guessed(step, label) or not _is_ranked(step, guess):
            continue
        try:
            guesses, labels = (step.value(ref).expand(hit.shapes[0]) for ref in (guess, label))
        except (KeyError, RuntimeError):
            return None
        found = [at for at in range(guesses.ndim) if _is_one(labels, at) and _are_different(guesses, at)]
        return found[0] if len(found) == 1 else None
    return None


def _is_ranked(step: Step, guess: Ref) -> bool:
    """Whether it was sorted, of what a model returned."""
    made = backwards(step.tape, guess, None, _HOPS, first=step.first)
    return any(node.name in SORTS for _, node in made) and is_guessed(step, guess)


def _is_one(values: Tensor, axis: int) -> bool:
    """Whether all along an axis of at least two items is the same."""
    return values.shape[axis] > 1 and bool((values == values.narrow(axis, 0, 1)).all())


def _are_different(values: Tensor, axis: int) -> bool:
    """Whether no number stands twice along an axis."""
    return not bool((values.sort(axis).values.diff(dim=axis) == 0).any())


PROBE = Probe(
    "the best guesses are measured sample by sample",
    lambda look: hits_along_samples(look.step),
    in_evaluation=True,
)
