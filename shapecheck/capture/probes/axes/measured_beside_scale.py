"""Vectors that are scaled by a function of their own length, and whose length is then measured along another axis."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.axes.unit_norms import scaled_by_length
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.vocabulary import CONVERTS, NORMS
from shapecheck.findings import Fix

_FEWEST_AXES = 3


def measured_beside_scale(step: Step) -> Iterator[Sighting]:
    """``squash(v).norm(dim=1)``, where ``squash`` gives the vectors along the last axis a length between 0 and 1.

    That length is then what is asked for: how sure a capsule is. Along the samples, and of a matrix of learned numbers,
    other lengths may be asked for.
    """
    found = None
    for node in step.of_loss:
        axes = reduced_axes(step, node) if node.name in NORMS and node.spot is not None else ()
        shape = step.tape.shape(node.parents[0]) if axes else ()
        if len(axes) != 1 or axes[0] == 0 or len(shape) < _FEWEST_AXES or node.parents[0] not in step.learned:
            continue
        if found is None:
            found = {unit.ref: unit for unit in scaled_by_length(step.tape, step.order)}
        unit = found.get(origin(step.tape, node.parents[0], CONVERTS, first=step.first)[0])
        if unit is None or unit.axis in (axes[0], 0) or min(shape[unit.axis], shape[axes[0]]) < 2:
            continue
        new, line = unit.axis, unit.node.spot.line if unit.node.spot is not None else 0
        text = (
            f"the vectors of {shape} are scaled by what their length along axis {new} says (line {line}), and "
            f"{node.name} measures others, along axis {axes[0]}: what was made of their length is not what is read"
        )
        said = -1 if new == len(shape) - 1 else new
        fix = Fix(f"dim={said}", other_axis(node, said), tried(step, {node.index: with_axis(node, new)}))
        # Which of the two is right, nothing says.
        back = Fix(f"dim={axes[0]} of the length", other_axis(unit.node, axes[0]), "no")
        yield sighted("scaled_along_other_axis", node, text, (fix, back))
        return


PROBE = Probe(
    "vectors are measured along the axis that they were scaled along",
    lambda look: measured_beside_scale(look.step),
    turn=Turn.LAST,
)
