"""Norms by hand whose statistics run along one axis and whose scale stands for another, so that a third is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.centred import Statistic, statistic_of
from shapecheck.capture.instruments.axes.features_axis import features_of
from shapecheck.capture.instruments.axes.reductions import edited
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import with_axis
from shapecheck.capture.instruments.trials.edits import all_apart
from shapecheck.capture.instruments.trials.sighting import Sighting, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, SQUARES
from shapecheck.findings import Edit, Fix

_SPREADS = frozenset(["std", "var", "norm", "vector_norm", "mean", "sum"])
_MOVES = CONVERTS | {"sub", "mul", "div"}
# What is called so has a scale for each of the numbers that it takes the statistics of.
_OF_LAYER = re.compile(r"(layer|rms)_?norm|\bLN\b", re.IGNORECASE)


def norms_beside_gains(step: Step) -> Iterator[Sighting]:
    """``x * rsqrt(x.pow(2).mean(-1, keepdim=True)) * weight[:, None, None]`` of maps whose channels are axis 1.

    Scale and statistics of a norm go together: the scale is for what a layer norm takes them over, or for all that a
    batch norm or an instance norm leaves beside the samples. What is neither was forgotten. A scale for each head has
    no shift, and stands for no layer's features. Statistics over the samples may be the batch's.
    """
    told = set[int]()
    features: dict[Ref, int] | None = None
    for node in step.of_loss:
        spread = _spread(step, node)
        if spread is None or 0 in spread.axes or spread.node.spot is None or spread.node.spot.line in told:
            continue
        shape = node.shapes[0]
        for gain in _gains(step, node):
            scaled = _long_axis(step, gain, len(shape))
            if scaled is None or scaled in (0, *spread.axes):
                continue
            left_out = [axis for axis in range(1, len(shape)) if shape[axis] > 1 and axis not in (scaled, *spread.axes)]
            features = features_of(step.tape, step.order) if features is None else features
            is_of_features = features.get(spread.source) == scaled or _has_shift(step, node, gain)
            is_left_out = bool(left_out) and is_of_features
            if is_left_out or _is_of_layer(node):
                told.add(spread.node.spot.line)
                yield _told(step, node, spread, scaled, left_out[0] if is_left_out else None)
                break


def _spread(step: Step, node: Node) -> Statistic | None:
    """The spread of a tensor of at least three axes by which a node scales it, along some of its axes."""
    if node.name not in ("div", "mul") or len(node.parents) != 2 or len(node.shapes[0]) < 3:
        return None
    for values, scale in (node.parents, node.parents[::-1]) if node.name == "mul" else (node.parents,):
        found = statistic_of(step, scale, _SPREADS)
        if found is None or step.tape.shape(values) != node.shapes[0]:
            continue
        squared = step.node(found.source.node)
        source = found.source
        if found.node.name in ("mean", "sum"):
            if squared.name not in SQUARES or len({*squared.parents}) != 1:
                continue
            source = squared.parents[0]
        first = origin(step.tape, source, _MOVES)[0]
        if first in {origin(step.tape, values, _MOVES)[0], *_factors(step, values)}:
            return Statistic(found.node, first, found.axes)
    return None


def _factors(step: Step, values: Ref) -> Iterator[Ref]:
    """What is scaled, where a gain was multiplied with it before."""
    made = step.node(values.node)
    if made.name == "mul":
        yield from (origin(step.tape, ref, _MOVES)[0] for ref in made.parents)


def _gains(step: Step, node: Node) -> Iterator[Ref]:
    """The parameters that what is scaled is multiplied with, right behind that or in front of it."""
    behind = step.readers(node)
    # What is scaled may get one number for all first, such as the root of how many features there are.
    behind += [after for other in behind if len(other.parents) == 1 for after in step.readers(other)]
    around = [other for other in behind if other.name == "mul"]
    around += [made for made in (step.node(ref.node) for ref in node.parents) if made.name == "mul"]
    for other in around:
        for ref in other.parents:
            gain = origin(step.tape, ref, frozenset(["__getitem__", "view", "unsqueeze", "reshape"]))[0]
            if step.node(gain.node).kind == "parameter":
                yield ref


def _long_axis(step: Step, ref: Ref, ndim: int) -> int | None:
    """The one axis along which a gain has several numbers, in a tensor with so many axes."""
    sizes = step.tape.shape(ref)
    long = [at + ndim - len(sizes) for at, size in enumerate(sizes) if size > 1]
    return long[0] if len(long) == 1 and len(sizes) <= ndim else None


def _has_shift(step: Step, node: Node, gain: Ref) -> bool:
    """Whether a parameter of the same shape is added behind the gain."""
    scaled = [other for other in step.readers(node) if gain in other.parents] or [node]
    for other in step.readers(scaled[0]):
        if other.name == "add" and any(
            step.tape.shape(ref) == step.tape.shape(gain) and not _is_made_of_data(step, ref) for ref in other.parents
        ):
            return True
    return False


def _is_made_of_data(step: Step, ref: Ref) -> bool:
    made = origin(step.tape, ref, frozenset(["__getitem__", "view", "unsqueeze", "reshape"]))[0]
    return step.node(made.node).kind != "parameter"


def _is_of_layer(node: Node) -> bool:
    """Whether the module that it stands in, or the function, is called a layer norm or a norm by the mean square."""
    names = [type(node.module).__name__] if node.module is not None else []
    names += [node.spot.code.co_name, node.spot.code.co_qualname.split(".")[0]] if node.spot is not None else []
    return any(_OF_LAYER.search(name) for name in names)


def _told(step: Step, node: Node, spread: Statistic, scaled: int, left_out: int | None) -> Sighting:
    shape = node.shapes[0]
    axes = ", ".join(map(str, spread.axes))
    rest = "" if left_out is None else f"; axis {left_out} is in neither, so each place along it is measured by itself"
    text = (
        f"{spread.node.name} runs along axis {axes} of {shape}, and the scale behind it has a number for each of the "
        f"{shape[scaled]} entries of axis {scaled}, of which nothing was measured together{rest}"
    )
    axis = scaled if scaled < len(shape) - 1 else -1
    alike = _alike(step, node, spread)
    runs: dict[int, Run] = {one.index: with_axis(one, scaled) for one in alike}
    return sighted(
        "norm_beside_its_scale", spread.node, text, (Fix(f"dim={axis}", _edits(alike, axis), tried(step, runs)),)
    )


def _alike(step: Step, node: Node, spread: Statistic) -> list[Node]:
    """The spread and the mean beside it, which go along the same axes in the same function."""
    code = spread.node.spot.code if spread.node.spot is not None else None
    return [
        one
        for one in step.of_loss
        if one.index <= node.index
        and one.spot is not None
        and one.spot.code is code
        and one.name in _SPREADS
        and one.args[1:] == spread.node.args[1:]
        and one.kwargs.get("dim") == spread.node.kwargs.get("dim")
        and one.parents
        and step.tape.shape(one.parents[0]) == node.shapes[0]
    ]


def _edits(alike: list[Node], axis: int) -> tuple[Edit, ...]:
    nodes = list({one.spot.span: one for one in alike if one.spot is not None}.values())
    return all_apart([other_axis(one, axis) for one in nodes]) or edited(dict.fromkeys(nodes, axis))


PROBE = Probe(
    "a norm by hand has a scale for what it takes the statistics of",
    lambda look: norms_beside_gains(look.step),
    # Where samples are mixed by it, that is told.
    turn=Turn.LAST,
)
