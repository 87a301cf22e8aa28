"""Along which axis of its inputs a model was given the samples, in the steps that trained it."""

from __future__ import annotations

from shapecheck.capture.instruments.axes.samples_axis import samples_axis
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

# A model, by its identity, and the how manyth of its inputs -> how many axes it has, and which holds the samples.
KnownSamples = dict[tuple[int, int], tuple[int, int]]
_HOPS = 12


def samples_by_model(step: Step) -> KnownSamples:
    """What the way in which the samples of a step were picked says of the models that were given them."""
    return {
        (id(root.module), at): (len(step.tape.shape(ref)), axis)
        for root in step.roots
        for at, ref in enumerate(root.inputs)
        if (axis := samples_axis(step.tape, ref)) is not None
    }


def samples_of_outputs(step: Step, ref: Ref, known: KnownSamples) -> int | None:
    """The one axis of what was made of a model's output that is as long as its input has samples; None if none is."""
    behind = {at for at, _ in backwards(step.tape, ref, None, _HOPS, first=step.first)}
    shape = step.tape.shape(ref)
    found: set[int] = set()
    for root in step.roots if known else ():
        for at, source in enumerate(root.inputs) if behind & {*root.outputs} else ():
            sizes = step.tape.shape(source)
            ndim, axis = known.get((id(root.module), at), (0, 0))
            if ndim == len(sizes):
                found |= {place for place, size in enumerate(shape) if size == sizes[axis]}
    return found.pop() if len(found) == 1 else None
