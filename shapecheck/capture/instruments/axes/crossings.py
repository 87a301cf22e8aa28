"""Operations at which the samples of one input lie along another axis than those of the other inputs."""

from __future__ import annotations

from shapecheck.capture.instruments.axes.realigned import SPREADING
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.trials.separation import Moves, separate_axes
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref


def crossings(step: Step, way: Way, axis: int, ways: list[Way], before: int) -> list[int]:
    """The elementwise operations up to a node at which an input's samples lie across those of others.

    There nothing is mixed yet: sample k of the one has moved one line of all samples of the other. It is mixed by
    whatever reads the lines next, where nothing can be mended.
    """
    others = [one.moves[one.apart[0]] for one in ways if one.apart and one.source != way.source]
    size = step.tape.shape(way.source)[axis]
    others = [one for one in others if one.moved[0][one.source].shape[one.axis] == size]
    found = []
    for index in descendants(step.tape, {way.source}, step.order) if others else ():
        node = step.node(index)
        if index > before:
            break
        if node.name in SPREADING | {"scaled_dot_product_attention"} and len(node.parents) > 1:
            own = _axis(way.moves[axis], Ref(index))
            if own is not None and any(_axis(one, Ref(index)) not in (None, own) for one in others):
                found.append(index)
    return found


def _axis(moves: Moves, ref: Ref) -> int | None:
    axes = separate_axes(moves.masks(ref))
    return axes[0] if len(axes) == 1 else None
