"""Averages along the very axis that a norm has centred in front of them: they are zero, whatever the norm was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.axes.reduced_together import shifts_source
from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import DROPS, HANDS_ON, TURNS
from shapecheck.findings import Fix

# Those that centre the numbers of each sample; over a batch, averages may be asked for to watch them.
_CENTRES = frozenset(["layer_norm", "instance_norm", "group_norm"])
_AVERAGES = frozenset(["mean", "sum"])
_POOLS = frozenset(f"{kind}avg_pool{count}d" for kind in ("", "adaptive_") for count in (1, 2, 3))
_PASSES = HANDS_ON | TURNS | DROPS | {"flatten", "unflatten"}
_LEAST = 3
_NOTHING = 1e-5
# So much of what is averaged may be left where the weights of a norm have moved a little.
_LITTLE = 0.2


def averaged_where_centred(step: Step) -> Iterator[Sighting]:
    """``norm(h).mean(-1)``, or a pool whose window is as long as the features: what the norm took off comes out.

    As long as its weights are what they began with, nothing is left but errors of rounding. A norm by hand, which
    takes the average off what it was taken of, changes nothing either, but loses nothing. Neither does a pool of a
    pyramid, or a gate, where something else reads what the norm has made.
    """
    for node in step.of_loss:
        is_average = node.name in _POOLS or (node.name in _AVERAGES and bool(reduced_axes(step, node)))
        if not is_average or len(node.parents) != 1:
            continue
        norm = origin(step.tape, node.parents[0], _PASSES, first=step.first)[1]
        if norm.name not in _CENTRES or not _is_read_alone(step, node, norm):
            continue
        if not _is_nothing(step, node, norm) or shifts_source(step, node):
            continue
        shape = step.tape.shape(node.parents[0])
        text = (
            f"{norm.name} has taken the mean off what {node.name} averages, {shape} to {node.shapes[0]}, along the "
            "same numbers: every average is zero, whatever the layers before say, and these learn nothing through it"
        )
        yield sighted("averaged_where_centred", node, text, (_fix(step, node, norm),))
        return


def _is_read_alone(step: Step, node: Node, norm: Node) -> bool:
    """Whether nothing but the average reads what the norm has made."""
    at = node
    while at is not norm:
        source = at.parents[0]
        if any(other is not at for other in step.readers(source)):
            return False
        at = step.node(source.node)
    return True


def _is_nothing(step: Step, node: Node, norm: Node) -> bool:
    """Whether several averages of several numbers each are all zero but for the weights of the norm, which are new."""
    values, out = step.known(node.parents[0]), step.known(node.ref)
    if values is None or out is None or out.numel() < 2 or values.numel() < _LEAST * out.numel():
        return False
    size = float(values.abs().mean()) * (values.numel() / out.numel() if node.name == "sum" else 1)
    if size <= 0 or float(out.abs().max()) > _LITTLE * size:
        return False
    return float(step.run_with({norm.index: _without_weights(norm)})[node.ref].abs().max()) <= _NOTHING * size


def _without_weights(norm: Node) -> Run:
    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        rest = [None if isinstance(item, Tensor) else item for item in args]
        named = {name: None if isinstance(item, Tensor) else item for name, item in kwargs.items()}
        return norm.function(values, *rest, **named)  # type: ignore[misc]

    return run


def _fix(step: Step, node: Node, norm: Node) -> Fix:
    """The average along another axis, where what follows can read it."""
    if norm.name != "layer_norm":
        return Fix("no norm right in front of the average, or an activation between both", (), "no")
    shape, axes = step.tape.shape(node.parents[0]), reduced_axes(step, node)
    for axis in range(1, len(shape)) if len(axes) == 1 else ():
        if axis in axes or shape[axis] < 2:
            continue
        try:
            before, after = step.run(), step.run_with({node.index: with_axis(node, axis)})
        except Exception:
            # It does not fit, so what follows was made for something else.
            continue
        if any_term_moved(step, before, after):
            return Fix(f"dim={axis}", other_axis(node, axis), "call", "the layers have an influence")
    return Fix("the average over the positions, and the layer behind it for as many features", (), "no")


PROBE = Probe(
    "no average runs along what a norm has centred",
    lambda look: averaged_where_centred(look.step),
)
