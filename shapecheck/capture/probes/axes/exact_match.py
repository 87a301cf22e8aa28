"""A measure of whole answers, such as words of several letters, that asks all samples about each letter instead."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.samples_axis import samples_axis
from shapecheck.capture.instruments.axes.samples_of_models import KnownSamples, samples_of_outputs
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Fix

_ALL = frozenset(["all", "prod", "amin", "min"])
_HOPS = 12
_SUMS = frozenset(["mean", "sum"])


def exact_match(step: Step, known: KnownSamples) -> Iterator[Sighting]:
    """``(guess == labels).all(dim=0).float().mean()``: of how many places all samples of the batch are right."""
    for index in range(step.first, step.last):
        node = step.node(index)
        if node.name not in _ALL or not node.parents or not node.shapes or index in step.to_loss:
            continue
        hit = _hit(step, node.parents[0])
        shape = step.tape.shape(node.parents[0])
        if hit is None or len(shape) < 2 or min(shape) < 2 or hit.shapes[0] != shape:
            continue
        axis = _axis(node, len(shape))
        if axis is None or len(hit.parents) != 2 or not _is_averaged(step, node):
            continue
        labels = [ref for ref in hit.parents if not _is_guessed(step, ref) and step.tape.shape(ref) == shape]
        if len(labels) != 1:
            continue
        samples = _samples_axis(step, labels[0])
        if (samples_of_outputs(step, Ref(hit.index), known) if samples is None else samples) != axis:
            continue
        others = tuple(at for at in range(len(shape)) if at != axis)
        text = (
            f"axis {axis} of {shape} holds the {shape[axis]} samples of the batch: what is averaged is at how many of "
            f"the {shape[others[0]]} places all samples are right, not how many samples are right at all places"
        )
        arguments = ", ".join(map(str, others))
        edits = other_axis(node, others[0]) if len(others) == 1 else ()
        title = f"{node.name}(dim={arguments if len(others) == 1 else f'({arguments})'})"
        yield sighted("exact_over_samples", node, text, (Fix(title, edits, "no"),))
        return


def _hit(step: Step, ref: Ref) -> Node | None:
    """The comparison that says which guesses are right."""
    _, node = origin(step.tape, ref, CONVERTS, first=step.first)
    return node if node.name == "eq" else None


def _is_guessed(step: Step, ref: Ref) -> bool:
    """Whether it was made of what a model returned."""
    made = step.learned | {out for root in step.roots for out in root.outputs}
    return any(at in made for at, _ in backwards(step.tape, ref, None, _HOPS, first=step.first))


def _axis(node: Node, ndim: int) -> int | None:
    given = node.kwargs.get("dim", node.kwargs.get("axis", node.args[1] if len(node.args) > 1 else None))
    if isinstance(given, tuple | list) and len(given) == 1:
        given = given[0]
    return given % ndim if type(given) is int and -ndim <= given < ndim else None


def _is_averaged(step: Step, node: Node) -> bool:
    """Whether what comes out is made one number."""
    said = {Ref(node.index)}
    for index in range(node.index + 1, step.last):
        other = step.node(index)
        if not said & set(other.parents):
            continue
        if other.name in _SUMS:
            return other.shapes[0] == ()
        if other.name not in CONVERTS | {"__getitem__"}:
            return False
        said.add(Ref(index))
    return False


def _samples_axis(step: Step, ref: Ref) -> int | None:
    for at, _ in backwards(step.tape, ref, CONVERTS):
        found = 0 if at.node in step.tape.drawn else samples_axis(step.tape, at)
        if found is not None:
            return found
    return None


PROBE = Probe(
    "whole answers are measured sample by sample",
    lambda look: exact_match(look.step, look.samples),
    in_evaluation=True,
)
