"""Statistics of a whole batch with which a model standardises it: the same for each sample could have been meant."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from torch import Tensor
from torch.nn.functional import layer_norm

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import DEVIATIONS, EXTREMES, SQUARES

STATISTICS = frozenset(["mean", "std", "var", "min", "max", "amin", "amax"])
_BOTH = frozenset(["sub", "div"])
_BACK = frozenset(["mul", "add"])
_ON_THE_WAY = frozenset(["sub", "add", "clamp", "clamp_min", "sqrt", "rsqrt", "mul", "maximum"])


def is_whole(step: Step, node: Node) -> bool:
    """Whether it is a statistic of everything; who names axes may leave out that of a single channel."""
    if node.name not in STATISTICS or prod(node.shapes[0]) != 1:
        return False
    return node.shapes[0] == () or len(reduced_axes(step, node)) in (0, len(node.shapes[0]))


def of_each(step: Step, node: Node) -> Iterator[Alternative]:
    """The statistics of each sample, in the place of single numbers by which all of a batch is shifted and scaled.

    It counts only inside a model: what is added up for a loss, or for a reward, may well be standardised as a whole.
    And only if nothing else is done with them: who keeps a running mean means the batch. By one number alone all is
    held against a level that some sample has, as decibels against the loudest; a mean that is taken off may be meant.
    A gain for each feature behind it says that these are what was to be standardised.
    """
    source, is_size = _measured(step, node)
    ndim = len(step.tape.shape(source))
    if node.root < 0 or ndim < 3:
        return
    yield from _like_the_mean(step, node, source) if node.name in DEVIATIONS else ()
    alike = [
        other
        for other in step.nodes
        if other.parents == (source,) and is_whole(step, other) and other.root == node.root
    ]
    done = _done(step, source, [node] if is_size else alike)
    is_level = len(alike) < 2 and (node.name in EXTREMES or (node.name == "mean" and "sub" not in done))
    if not (done if is_level else done >= _BOTH):
        return
    alike = [node] if is_size else alike
    is_of_features = done >= _BOTH and _has_gain(step, alike, step.tape.shape(source)[-1])
    axes = (ndim - 1,) if is_of_features else tuple(range(1, ndim))
    runs: dict[int, Run] = {other.index: _reduced(other.name, axes) for other in alike}
    new, along = (axes[0], "-1") if is_of_features else (0, str(axes))
    yield Alternative("whole", f"dim={along}, keepdim=True", runs, 0, new)


def _measured(step: Step, node: Node) -> tuple[Ref, bool]:
    """What a statistic is of: of squares, or of sizes without a sign, what these were made of; and whether it is so."""
    made = step.node(node.parents[0].node)
    is_size = made.name in SQUARES | {"abs"} and len(made.parents) == (2 if made.name == "mul" else 1)
    if made.root == node.root and is_size and len(set(made.parents)) == 1:
        return made.parents[0], True
    return node.parents[0], False


def _like_the_mean(step: Step, node: Node, source: Ref) -> Iterator[Alternative]:
    """One spread of everything behind a mean that each sample has of its own: it may be taken along the same axes."""
    for mean in step.nodes:
        axes = reduced_axes(step, mean) if mean.name == "mean" and mean.parents == (source,) else ()
        if axes and mean.root == node.root and _standardise(step, source, [mean, node]):
            along = axes if len(axes) > 1 else axes[0]
            yield Alternative("whole", f"dim={along}, keepdim=True", {node.index: _reduced(node.name, axes)}, 0, 0)
            return


def of_features(step: Step, node: Node) -> Iterator[Alternative]:
    """The statistics of each position, in the place of some along the samples, for a norm with a gain for each feature.

    The gain says where the features are: a norm that a batch shares has one for each of its statistics. Who takes these
    of each sample keeps their axis; a mean without it may well be the batch's.
    """
    source = node.parents[0]
    shape = step.tape.shape(source)
    if node.root < 0 or len(shape) < 3 or reduced_axes(step, node) != (0,) or len(node.shapes[0]) != len(shape):
        return
    alike = statistics_beside(step, node)
    if alike and _has_gain(step, alike, shape[-1]):
        yield Alternative("features", "dim=-1, keepdim=True", of_positions(step, alike), 0, len(shape) - 1)


def of_each_position(step: Step, node: Node) -> Iterator[Alternative]:
    """The features of each position, in the place of all that a norm of a model is given, the samples among them."""
    shape = step.tape.shape(node.parents[0])
    if node.root < 0 or len(shape) < 2 or tuple(node.args[1]) != shape:
        return

    def run(values: Tensor, *_: Any, **__: Any) -> Tensor:
        return layer_norm(values, values.shape[-1:])

    yield Alternative("features", "shape[-1:]", {node.index: run}, 0, len(shape) - 1)


def statistics_beside(step: Step, node: Node) -> list[Node]:
    """The mean and the spread along one axis each by which a model standardises a tensor, one of them given."""
    source = node.parents[0]
    alike = [
        other
        for other in step.nodes
        if other.name in STATISTICS and other.parents == (source,) and other.root == node.root
    ]
    is_pair = len(alike) == 2 and all(len(reduced_axes(step, other)) == 1 for other in alike)
    return alike if is_pair and _standardise(step, source, alike) else []


def of_positions(step: Step, alike: list[Node]) -> dict[int, Run]:
    """The same statistics along the last axis, of those that run along another one."""
    last = {other.index: len(step.tape.shape(other.parents[0])) - 1 for other in alike}
    return {
        other.index: _reduced(other.name, (last[other.index],))
        for other in alike
        if reduced_axes(step, other) != (last[other.index],)
    }


def _has_gain(step: Step, alike: list[Node], size: int) -> bool:
    """Whether what is standardised is multiplied by a parameter with one number for each item of the last axis."""
    first = min(node.index for node in alike)
    made = descendants(step.tape, {node.ref for node in alike}, (i for i in step.order if i > first))
    return any(_is_scaled_by_parameter(step, step.node(index), size) for index in made if index in step.to_loss)


def _is_scaled_by_parameter(step: Step, node: Node, size: int | None = None) -> bool:
    """Whether it is a product of a tensor with a parameter of one axis."""
    gains = [ref for ref in node.parents if step.node(ref.node).kind == "parameter"] if node.name == "mul" else []
    return any(len(step.tape.shape(ref)) == 1 and size in (None, step.tape.shape(ref)[0]) for ref in gains)


def _standardise(step: Step, source: Ref, alike: list[Node]) -> bool:
    """Whether the numbers do nothing but to shift the tensor, and to scale what came of that."""
    return _done(step, source, alike) >= _BOTH


def _done(step: Step, source: Ref, alike: list[Node]) -> set[str]:
    """What the numbers do to the tensor: to shift it, to scale it or both; nothing if they do anything else."""
    reached = {node.ref for node in alike}
    sizes = {node.shapes[0] for node in alike}
    wide = {source}
    done = set[str]()
    for index in range(min(node.index for node in alike) + 1, step.last):
        node = step.node(index)
        if (wide - {source}).intersection(node.parents) and _is_scaled_by_parameter(step, node):
            # The gain may come before the deviation is divided by.
            wide.add(Ref(index))
        if not any(parent in reached for parent in node.parents):
            continue
        if node.parents[0] in wide and node.shapes[0] == step.tape.shape(source):
            if node.name not in _BOTH:
                return set()
            done.add(node.name)
            wide.add(Ref(index))
        elif node.shapes[0] in sizes and node.name in _ON_THE_WAY and not set(node.parents) & wide:
            reached.add(Ref(index))
        elif node.shapes[0] != step.tape.shape(source) or node.name not in _BACK or not done >= _BOTH:
            # What a network made of a standardised tensor may well get its scale and its level back.
            return set()
    return done


def _reduced(name: str, axes: tuple[int, ...]) -> Run:
    def run(values: Tensor, *_: Any, **__: Any) -> Tensor:
        kind = {"min": "amin", "max": "amax"}.get(name, name)
        result: Tensor = getattr(values, kind)(dim=axes, keepdim=True)
        return result

    return run
