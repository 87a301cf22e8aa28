"""What was taken off a tensor, or scales it, and was found in that very tensor: along which axes."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS

MEANS = frozenset(["mean", "nanmean", "median", "nanmedian"])
# What keeps a number from being zero, or makes a deviation of a variance.
_GUARDS = frozenset(["add", "clamp", "clamp_min", "maximum", "sqrt", "rsqrt", "expand", "expand_as", "nan_to_num"])
KEEPS_STATISTIC = CONVERTS | AXES_OF_ONE | _GUARDS | {"view", "reshape", "__getitem__"}


@dataclass(frozen=True, slots=True, eq=False)
class Statistic:
    """A number of each group of a tensor.

    Args:
        node: What found it.
        source: The tensor that it was found in.
        axes: The axes that it runs along.
    """

    node: Node
    source: Ref
    axes: tuple[int, ...]


def statistic_of(step: Step, ref: Ref, names: Container[str]) -> Statistic | None:
    """The statistic that some numbers are, kept from being zero at most; None if they are none, or of everything."""
    node = origin(step.tape, ref, KEEPS_STATISTIC)[1]
    axes = reduced_axes(step, node) if node.name in names else ()
    return Statistic(node, origin(step.tape, node.parents[0], CONVERTS)[0], axes) if axes else None


def centre_of(step: Step, made: Node, names: Container[str]) -> Statistic | None:
    """What a node takes off a tensor, if it was found in that tensor."""
    if made.name != "sub" or len(made.parents) != 2:
        return None
    found = statistic_of(step, made.parents[1], names)
    return found if found is not None and found.source == origin(step.tape, made.parents[0], CONVERTS)[0] else None
