"""Layers that take steps for features, in batches of windows of which the tape says which axis is time."""

from __future__ import annotations

import re
from ast import unparse
from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from shapecheck.capture.instruments.axes.windows import steps_axis
from shapecheck.capture.instruments.tensors.constructors import argument_of, constructor_of
from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.trials.separation import Moves, probe, separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_STEPS = re.compile(
    r"(^|[._])(n_?)?(window(_size|_len(gth)?)?|seq(uence)?(_?len(gth)?)?|(time_?)?steps|look_?back|lags|"
    r"(context|input|history)_?len(gth)?|timesteps)$",
    re.IGNORECASE,
)

# Two features in random order give a share of 1.
_SMOOTH = 0.5
_SLIDING = {"conv1d": "convolution", "avg_pool1d": "moving mean", "max_pool1d": "moving largest number"}


def steps_for_channels(step: Step) -> Iterator[Sighting]:
    """A convolution along the features with the steps for channels; a Linear named for steps that reads features."""
    for source in step.inputs:
        shape = step.tape.shape(source)
        time = steps_axis(step.tape, source) if len(shape) == 3 else None
        if time is None or time == 0:
            continue
        width = 3 - time
        try:
            steps, features = probe(step, source, time, count=3), probe(step, source, width, count=3)
        except Exception:
            # The step does not run on other numbers; the report says so already.
            continue
        for node in step.of_loss:
            if not node.parents or len(step.tape.shape(node.parents[0])) != 3:
                continue
            place = made_at(step, node)
            is_sliding = node.name in _SLIDING and not _is_smooth(step.value(source), time)
            if is_sliding and _slides_along(step, node, steps, features):
                text = (
                    f"the input {shape} was cut out of longer series along axis {time}, which is time. This "
                    f"{_SLIDING[node.name]} takes the {shape[time]} steps for its channels and slides along the "
                    f"{shape[width]} features, as if neighbouring columns were neighbours in time"
                )
                wide = f"in_channels={shape[width]}, with " if node.name == "conv1d" else ""
                fix = Fix(f"{wide}x.transpose(1, 2)", (), "no")
                seen = sighted("steps_for_channels", node, text, (fix,))
                yield replace(seen, span=place or seen.span)
                return
            if node.name == "linear" and _reads_features(node, steps, features):
                text = (
                    f"the input {shape} was cut out of longer series along axis {time}, which is time. By its name "
                    f"this layer has a weight for each of {shape[time]} steps; it is given them for the features, of "
                    "which there are as many"
                )
                yield sighted("features_for_steps", node, text, (Fix("x.transpose(1, 2) before and after", (), "no"),))
                return


def _slides_along(step: Step, node: Node, steps: Moves, features: Moves) -> bool:
    weight = step.tape.shape(node.parents[1]) if len(node.parents) > 1 else (0, 0, 1)
    values = node.parents[0]
    is_wide = weight[-1] > 1 or node.name != "conv1d"
    return is_wide and _lies_along(steps, values, 1) and _lies_along(features, values, 2)


def _reads_features(node: Node, steps: Moves, features: Moves) -> bool:
    """Whether the axis that a Linear reads holds features alone, while its constructor says how many steps."""
    call = constructor_of(node)
    if call is None or node.module is None:
        return False
    width = argument_of(call, type(node.module), "in_features")
    values = node.parents[0]
    if width is None or not _STEPS.search(unparse(width)):
        return False
    # The steps may have been smoothed, so that neighbours share positions; along the features they must not lie.
    masks = steps.masks(values)
    return _lies_along(features, values, 2) and bool(masks) and all(bool(mask.any(0).any(0).all()) for mask in masks)


def _is_smooth(value: Tensor, time: int) -> bool:
    """Whether neighbours beside the steps are alike, or change alike, as in a field whose last states are channels."""
    rows = value.double().transpose(1, time)
    return rows.shape[2] > 2 and any(
        bool(each.diff(dim=2).square().mean() < _SMOOTH * 2 * each.var(2).mean()) for each in (rows, rows.diff(dim=1))
    )


def _lies_along(moves: Moves, ref: Ref, axis: int) -> bool:
    return separate_axes(moves.masks(ref)) == [axis]


PROBE = Probe(
    "layers read features as features and steps as steps",
    lambda look: steps_for_channels(look.step),
)
