"""Steps or samples of raw data that are scaled by the statistics of their own features, of very different sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.nn.functional import batch_norm

from shapecheck.capture.instruments.axes.features_axis import followed
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, in_constructor, other_axis, sighted, turned_around
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.kinds import are_of_kinds
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, RECURRENT, SPREADS
from shapecheck.findings import Edit, Fix

_STATISTICS = frozenset(["mean", "std", "var", "median", "std_mean", "var_mean"])
_LEFT, _FEWEST = 1e-3, 3
# The same where a series was scaled before windows were cut of it: of a few features none says nothing at all.
_LEFT_OF_SERIES = 0.05
# Two of one kind are of one size, but for chance.
_ALIKE = 2
_MOST_KINDS = 16
_ARGUMENTS = 9


def scaled_over_features(step: Step) -> Iterator[Sighting]:
    """``(x - x.mean(-1, keepdim=True)) / x.std(-1, keepdim=True)`` of temperatures beside pressures, for a GRU.

    Each step looks like any other one then: nearly all of what is left says which feature is larger than which.
    Features of one kind, such as the bands of a spectrum, are of about one size, or go up and down smoothly along their
    axis. A BatchNorm of ``(batch, items, features)`` that counts the items does the same, where these are all alike.
    """
    normed = next(filter(None, (_normed(step, node) for node in step.nodes)), None)
    if normed is not None:
        yield normed
    for node in step.nodes:
        source = node.parents[0] if node.parents and node.name in RECURRENT and node.index in step.to_loss else None
        if source is None or source in step.learned or len(step.tape.shape(source)) != 3:
            continue
        scaled, _ = origin(step.tape, source, CONVERTS, first=step.first)
        found = _statistics(step, scaled)
        if not found or not _is_standard(step.value(scaled)) or not are_of_kinds(step.value(found[0].parents[0])):
            continue
        if (share := _share_left(step.value(scaled))) < _LEFT:
            yield _told(step, found, step.tape.shape(scaled), share)
            return
    yield from _of_series(step)


def _of_series(step: Step) -> Iterator[Sighting]:
    """The same where each row of a whole series was scaled so, of which the windows of a model were cut afterwards."""
    for source in step.inputs:
        shape = step.tape.shape(source)
        above = ancestors(step.tape, [source], 0) if len(shape) == 3 and step.tape.of_kinds else []
        first = next((step.node(index) for index in above if index in step.tape.of_kinds), None)
        if first is None or (wide := step.tape.shape(first.parents[0])[-1]) > _MOST_KINDS:
            continue
        table = step.tape.shape(first.parents[0])
        found = [node for node in map(step.node, above) if node is first or _is_alike(step, node, table)]
        if not any(node.name in SPREADS for node in found):
            continue
        values = step.value(source)
        for axis in (2, 1):
            # Behind a turn the features stand in the middle, as convolutions read them.
            rows = values.movedim(axis, -1)
            if shape[axis] == wide and _is_standard(rows) and (share := _share_left(rows)) < _LEFT_OF_SERIES:
                yield _told(step, found, tuple(rows.shape), share)
                return


def _is_alike(step: Step, node: Node, shape: tuple[int, ...]) -> bool:
    """Whether it takes statistics along the last axis of numbers of a shape."""
    is_of_shape = node.name in _STATISTICS and step.tape.shape(node.parents[0]) == shape
    return is_of_shape and axis_of(node, len(shape)) == len(shape) - 1


def _statistics(step: Step, scaled: Ref) -> list[Node]:
    """What takes statistics along the last axis of an input, of which a tensor of the same shape is made."""
    shape = step.tape.shape(scaled)
    made = [step.node(index) for index in ancestors(step.tape, [scaled], step.first)]
    inputs = {ref for ref in step.inputs if step.tape.shape(ref) == shape}
    return [
        node
        for node in made
        if node.name in _STATISTICS
        and axis_of(node, 3) == 2
        and step.tape.shape(node.parents[0]) == shape
        and any(parent in inputs for other in made for parent in other.parents)
    ]


def _is_standard(value: Tensor) -> bool:
    """Whether each step has the mean 0 and the deviation 1 over its features."""
    if value.shape[-1] < _FEWEST or min(value.shape) < 2 or not value.is_floating_point():
        return False
    deviations = (value.std(-1, correction=correction) for correction in (1, 0))
    is_one = any(bool(((deviation - 1).abs() < 0.2).all()) for deviation in deviations)
    return is_one and bool((value.mean(-1).abs() < 1e-3).all())


def _share_left(value: Tensor) -> float:
    """How much of the variance is what changes from step to step, or from sample to sample, and no feature's own."""
    return float(value.flatten(0, -2).var(0, unbiased=False).mean() / value.var(unbiased=False))


def _told(step: Step, found: list[Node], shape: tuple[int, ...], share: float) -> Sighting:
    text = (
        f"each step of {shape} is scaled by the mean and the deviation of its own {shape[2]} features, which are of "
        f"very different sizes: {share:.3%} of the variance that is left changes from step to step or from sample to "
        "sample, all else says which feature is larger than which"
    )
    along = len(step.tape.shape(found[0].parents[0])) - 2
    edits = [other_axis(node, along) for node in found]
    is_whole = len({edit[0].line for edit in edits if edit}) == len(found)
    fix = Fix(f"statistics along axis {along}", tuple(e for edit in edits for e in edit) if is_whole else (), "no")
    return sighted("scaled_over_features", found[0], text, (fix,))


def _normed(step: Step, node: Node) -> Sighting | None:
    """A norm of raw data with statistics for each of several items that are alike, over features of several kinds."""
    shape = step.tape.shape(node.parents[0]) if node.parents else ()
    if node.name != "batch_norm" or len(shape) != 3 or node.index not in step.to_loss or shape[1] == shape[2]:
        return None
    raw, _ = origin(step.tape, node.parents[0], CONVERTS, first=step.first)
    value = step.value(raw) if raw in step.inputs else None
    if value is None or min(shape) < 2 or not value.is_floating_point() or not are_of_kinds(value):
        return None
    if shape[2] > max(shape[1], _MOST_KINDS):
        # Few channels of many numbers, as a spectrum of lines has them.
        return None
    if not _are_alike(value) or not _reads_features(step, node, shape[2]):
        return None
    text = (
        f"{node.name} has statistics for each of the {shape[1]} items of axis 1 of {shape}, which are all alike, over "
        f"the {shape[2]} features of axis 2 together, which are of very different sizes: the large ones stay large "
        "beside the small ones, which are lost"
    )
    fix = Fix(
        f"nn.BatchNorm1d({shape[2]}) of x.transpose(1, 2), and back behind it",
        _edits(step, node, shape[2]),
        tried(step, {node.index: _over_items}),
        "each feature has statistics of its own",
    )
    return sighted("scaled_over_features", node, text, (fix,))


def _are_alike(value: Tensor) -> bool:
    """Whether the items along axis 1 are of one size and of one mean, as far as so few numbers say.

    Each feature says as much as any other one: the largest of them alone would be few numbers.
    """
    each = value.double() / value.double().square().mean((0, 1)).sqrt().clamp(min=1e-12)
    sizes, means = each.square().mean((0, 2)).sqrt(), each.mean((0, 2))
    return bool(sizes.max() < _ALIKE * sizes.min()) and bool(means.max() - means.min() < sizes.min())


def _reads_features(step: Step, norm: Node, count: int) -> bool:
    """Whether a layer behind a norm has weights for what stands in the last axis, and none for the items."""
    later = [index for index in step.order if index > norm.index]
    held = followed(step.tape, {norm.ref: 2}, later)
    for node in map(step.node, later):
        if node.parents and node.parents[0] in held and node.name in RECURRENT | {"linear"}:
            source = node.parents[0]
            is_first = node.name == "linear" or (len(node.args) == _ARGUMENTS and node.args[8] is True)
            shape = step.tape.shape(source)
            return is_first and len(shape) == 3 and held[source] == 2 and shape[2] == count
    return False


def _edits(step: Step, node: Node, count: int) -> tuple[Edit, ...]:
    """What makes the norm for the features and turns them to it; nothing where it is called elsewhere as well."""
    others = [other for other in step.nodes if other.module is node.module]
    made, called = in_constructor(node, f"num_features={count}"), turned_around(node)
    is_alone = all(other.spot is not None and other.repeats(node) for other in others)
    return (*made, *called) if made and called and is_alone else ()


def _over_items(*args: Any, **kwargs: Any) -> Tensor:
    """The same with statistics for each feature; what was learned for each item belongs to none of them."""
    values: Tensor = args[0] if args else kwargs["input"]
    return batch_norm(values.transpose(1, 2), None, None, training=True).transpose(1, 2)


PROBE = Probe(
    "raw features keep what changes in them when they are scaled",
    lambda look: scaled_over_features(look.step),
)
