"""Softmax, argmax and their like along the samples where the classes were meant, in what a script measures."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.products import is_of_pairs
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.separation import Moves, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import COPIES, EQUALS, GUESSES, HANDS_ON, SOFTMAXES, TURNS
from shapecheck.findings import Fix

_PICKS = frozenset(["argmax", "max", "topk", "gather", "nll_loss"])


def across(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """A softmax along the batch, of which a class is picked for each sample afterwards."""
    told: set[int] = set()
    for way in ways:
        for axis in way.apart[:1]:
            moves = way.moves[axis]
            for node in step.nodes:
                if node.name in GUESSES and node.index not in told | step.to_loss:
                    found = _guessed(step, node, moves)
                    if found is not None and not is_of_pairs(step, node):
                        told.add(node.index)
                        yield found
                if node.name not in SOFTMAXES or node.index in told or node.index in step.to_loss:
                    continue
                before = separate_axes(moves.masks(node.parents[0]))
                along = axis_of(node, len(step.tape.shape(node.parents[0])))
                if before != [along] or not _picked_along_other(step, node.index, along) or is_of_pairs(step, node):
                    continue
                told.add(node.index)
                ndim = len(node.shapes[0])
                new = ndim - 1 if along != ndim - 1 else 0
                fix = Fix(f"dim={new}", other_axis(node, new), "no")
                text = (
                    f"{node.name} runs along axis {along} of {node.shapes[0]}, and the probe says that this axis holds "
                    "the samples: what it says of one depends on which others are in the batch"
                )
                yield sighted("softmax_along_batch", node, text, (fix,))


def _guessed(step: Step, node: Node, moves: Moves) -> Sighting | None:
    """The largest of each class over the samples, which is held against the samples' labels."""
    shape = step.tape.shape(node.parents[0])
    along = axis_of(node, len(shape)) if node.name != "topk" else _axis_of_topk(node, len(shape))
    if len(shape) < 2 or along is None or separate_axes(moves.masks(node.parents[0])) != [along]:
        return None
    guesses = {Ref(node.index, len(node.shapes) - 1)}
    for index in range(node.index + 1, step.last):
        other = step.node(index)
        if other.name in TURNS and guesses & set(other.parents):
            guesses.add(Ref(index))
        if other.name not in EQUALS or not guesses & set(other.parents):
            continue
        label = next((ref for ref in other.parents if ref not in guesses), None)
        if label is None or label in step.learned:
            continue
        # Several of each class, as those of topk are, meet the labels of all samples, spread to as many.
        made = (step.tape.shape(ref) for ref, _ in backwards(step.tape, label, HANDS_ON | COPIES | TURNS))
        is_each = node.name == "topk" and any([size for size in one if size > 1] == [shape[along]] for one in made)
        if not is_each and step.tape.shape(label) != node.shapes[-1]:
            continue
        new = len(shape) - 1 if along != len(shape) - 1 else 0
        text = (
            f"{node.name} runs along axis {along} of {shape}, and the probe says that this axis holds the samples: it "
            "says which sample has most of a class, and is held against which class a sample has"
        )
        return sighted("argmax_along_batch", node, text, (Fix(f"dim={new}", other_axis(node, new), "no"),))
    return None


def _axis_of_topk(node: Node, ndim: int) -> int | None:
    given = node.argument(2, "dim", default=-1)
    return given % ndim if isinstance(given, int) and ndim else None


def _picked_along_other(step: Step, index: int, along: int | None) -> bool:
    for node in step.nodes:
        if node.name in _PICKS and node.parents[:1] == (Ref(index),):
            ndim = len(step.tape.shape(Ref(index)))
            axis = axis_of(node, ndim)
            if axis is not None and axis != along:
                return True
    return False


PROBE = Probe(
    "nothing that is measured runs along the samples",
    lambda look: across(look.step, look.ways),
    in_evaluation=True,
    of_samples=True,
)
