"""Norms that have statistics for each step, where a layer beside them says that the features were to have them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from torch.nn.modules.instancenorm import _InstanceNorm

from shapecheck.capture.instruments.axes.features_axis import features_of, is_turned, made_along
from shapecheck.capture.instruments.axes.spelt import (
    is_for_positions,
    is_otherwise_named,
    is_part_of_size,
    is_same_size,
    size_made,
    size_read,
)
from shapecheck.capture.instruments.axes.walked import walked_before, walker_behind
from shapecheck.capture.instruments.axes.windows import steps_axis
from shapecheck.capture.instruments.tensors.cut_features import cut_features
from shapecheck.capture.instruments.tensors.made import placed
from shapecheck.capture.instruments.tensors.makers import maker
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted, turned_around
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CHANNEL_NORMS, RECURRENT
from shapecheck.findings import Fix


def norms_along_steps(step: Step) -> Iterator[Sighting]:
    """A norm in ``(batch_size, a, b)`` that reads one of two axes of one size for the features, which the other holds.

    torch accepts either. A layer that walks along the axis that the norm reads says that it counts steps; so does the
    name of a size that a layer put along the other axis. A norm that is named for steps is meant for them.
    """
    before, features = walked_before(step), features_of(step.tape, step.order)
    for node in step.of_loss:
        axis = _read(node)
        if axis is None:
            continue
        source = node.parents[0]
        shape = step.tape.shape(source)
        if shape[1] != shape[2] or shape[1] < 2 or _count(step, node) != shape[1]:
            continue
        if is_for_positions(size_read(step, node)):
            continue
        because = None if is_turned(step.tape, source) else _because(step, node, axis, before, features.get(source))
        if because is None:
            continue
        text = (
            f"{node.name} reads axis {axis} of {shape} for its {shape[axis]} features; {because}. Axis {3 - axis} has "
            "the same size and holds the features, so torch accepts it: what is normalised are steps"
        )
        yield placed(step, node, sighted("norm_along_steps", node, text, (_fix(step, node),)))


def norms_of_other_channels(step: Step) -> Iterator[Sighting]:
    """``nn.InstanceNorm1d(8)`` of ``(batch_size, 50, 8)``, which has nothing to learn: torch only warns of it."""
    told = set[int]()
    for node in step.of_loss:
        count = node.module.num_features if isinstance(node.module, _InstanceNorm) else 0
        shape = node.shapes[0] if node.name == "instance_norm" and count else ()
        if len(shape) < 3 or shape[1] == count or shape[2:].count(count) != 1 or node.spot is None:
            continue
        if node.spot.line in told:
            continue
        told.add(node.spot.line)
        axis = 2 + shape[2:].index(count)
        text = (
            f"the norm was made for {count} channels and takes axis 1 of {shape} for these, of size {shape[1]}; they "
            f"lie along axis {axis}. Without weights torch accepts it: each place of axis 1 is normalised over the "
            "channels"
        )
        fix = _fix(step, node) if len(shape) == 3 else Fix(f"axis {axis} moved to axis 1 before the norm", (), "no")
        yield placed(step, node, sighted("norm_along_steps", node, text, (fix,)))


def _read(node: Node) -> int | None:
    """The axis that a norm of a tensor with three reads for the features."""
    if not node.shapes or len(node.shapes[0]) != 3 or not node.parents:
        return None
    if node.name in CHANNEL_NORMS:
        return 1
    width = node.argument(1, "normalized_shape", default=())
    return 2 if node.name == "layer_norm" and isinstance(width, tuple | list) and len(width) == 1 else None


def _count(step: Step, node: Node) -> int:
    """How many features it was made for; 0 where nothing says so."""
    if node.name == "layer_norm":
        return node.shapes[0][-1]
    held = [step.tape.shape(ref) for ref in node.parents[1:]]
    return held[0][0] if held and len(held[0]) == 1 else int(getattr(node.module, "num_features", 0) or 0)


def _because(step: Step, node: Node, axis: int, before: dict[Ref, int], features: int | None) -> str | None:
    source = node.parents[0]
    made = maker(step, source)
    if made is not None and is_otherwise_named(size_made(step, made), size_read(step, node)):
        return None
    if before.get(source) == axis and features == 3 - axis:
        return "that axis counts steps, by the layer that made them"
    walker = walker_behind(step, node.ref, axis)
    # Attention may also walk over variables, of which a Linear behind the norm reads the steps.
    if walker is not None and (walker.name in RECURRENT or features == 3 - axis):
        return f"{walker.name} behind it walks along that axis, as along steps"
    if any(ref.node == source.node and steps_axis(step.tape, ref) == axis for ref in step.inputs):
        return "that axis is time, along which the windows were cut"
    cut = cut_features(step, source, 3 - axis, axis)
    if cut is not None and cut is not made and is_part_of_size(size_made(step, cut), size_read(step, node)):
        return f"by its name that is how many of what {cut.name} makes lie along axis {3 - axis}"
    if made is None or made_along(made) != 3 - axis:
        return None
    if is_same_size(size_made(step, made), size_read(step, node)):
        return f"by its name that is how many {made.name} puts along axis {3 - axis}"
    return None


def _fix(step: Step, node: Node) -> Fix:
    function = node.function

    def run(*args: Any, **kwargs: Any) -> Any:
        values, *rest = args if args else (kwargs.pop("input"),)
        return function(values.transpose(1, 2), *rest, **kwargs).transpose(1, 2)  # type: ignore[misc]

    title = "x.transpose(1, 2) before the norm, and back behind it"
    outcome = "each feature has statistics of its own"
    return Fix(title, turned_around(node), tried(step, {node.index: run}), outcome)


PROBE = Probe(
    "norms have statistics for each feature, not for each step",
    lambda look: chain(norms_along_steps(look.step), norms_of_other_channels(look.step)),
)
