"""Steps or samples of raw data that are scaled by the statistics of their own features, of very different sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from torch.nn.functional import batch_norm, instance_norm

from shapecheck.capture.instruments.axes.features_axis import followed
from shapecheck.capture.instruments.axes.walked import walker_behind
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
# The same where each step has statistics over all samples.
_LEFT_BY_STEPS = 0.01
# Two of one kind are of one size, but for chance.
_ALIKE = 2
_MOST_KINDS = 16
_NORMS = {"batch_norm": "BatchNorm1d", "instance_norm": "InstanceNorm1d"}
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
        if not found or not _is_standard(step.value(scaled), over=_axes(found[0])):
            continue
        raw = step.value(found[0].parents[0])
        # Statistics of all samples are no level of one step's own, which features of one kind may be rid of.
        is_of_all = _axes(found[0]) == (0, 2)
        if not (are_of_kinds(raw) or (is_of_all and node.args[-1] is True and _are_alike(raw))):
            continue
        if (share := _share_left(step.value(scaled))) < (_LEFT_BY_STEPS if is_of_all else _LEFT):
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
        and _axes(node) in ((2,), (0, 2))
        and step.tape.shape(node.parents[0]) == shape
        and any(parent in inputs for other in made for parent in other.parents)
    ]


def _axes(node: Node) -> tuple[int, ...]:
    """The axes of three along which it takes statistics: the features alone, or those of all samples."""
    given = node.argument(1, "dim", "axis")
    axes = given if isinstance(given, tuple | list) else (given,)
    return tuple(sorted(at % 3 for at in axes if type(at) is int and -3 <= at < 3))


def _is_standard(value: Tensor, over: tuple[int, ...] = (-1,)) -> bool:
    """Whether each step has the mean 0 and the deviation 1 over its features, or over those of all samples."""
    if value.shape[-1] < _FEWEST or min(value.shape) < 2 or not value.is_floating_point():
        return False
    deviations = (value.std(over, correction=correction) for correction in (1, 0))
    is_one = any(bool(((deviation - 1).abs() < 0.2).all()) for deviation in deviations)
    return is_one and bool((value.mean(over).abs() < 1e-3).all())


def _share_left(value: Tensor) -> float:
    """How much of the variance is what changes from step to step, or from sample to sample, and no feature's own."""
    return float(value.flatten(0, -2).var(0, unbiased=False).mean() / value.var(unbiased=False))


def _told(step: Step, found: list[Node], shape: tuple[int, ...], share: float) -> Sighting:
    is_of_all = len(step.tape.shape(found[0].parents[0])) == 3 and _axes(found[0]) == (0, 2)
    whose = "the features of all samples at it" if is_of_all else f"its own {shape[2]} features"
    text = (
        f"each step of {shape} is scaled by the mean and the deviation of {whose}, which are of very "
        f"different sizes: {share:.3%} of the variance that is left changes from step to step or from sample to "
        "sample, all else says which feature is larger than which"
    )
    along: int | tuple[int, ...] = (0, 1) if is_of_all else len(step.tape.shape(found[0].parents[0])) - 2
    edits = [other_axis(node, along) for node in found]
    is_whole = len({edit[0].line for edit in edits if edit}) == len(found)
    axes = "axes 0 and 1" if is_of_all else f"axis {along}"
    fix = Fix(f"statistics along {axes}", tuple(e for edit in edits for e in edit) if is_whole else (), "no")
    return sighted("scaled_over_features", found[0], text, (fix,))


def _normed(step: Step, node: Node) -> Sighting | None:
    """A norm of raw data with statistics for each of several items that are alike, over features of several kinds."""
    shape = step.tape.shape(node.parents[0]) if node.parents else ()
    if node.name not in _NORMS or len(shape) != 3 or node.index not in step.to_loss or shape[1] == shape[2]:
        return None
    raw, _ = origin(step.tape, node.parents[0], CONVERTS, first=step.first)
    value = step.value(raw) if raw in step.inputs else None
    if value is None or min(shape) < 2 or not value.is_floating_point():
        return None
    reader = _reader_of_features(step, node, shape[2])
    if reader is None or not (are_of_kinds(value) or _leaves_levels(step, node, value, reader)):
        return None
    if shape[2] > max(shape[1], _MOST_KINDS):
        # Few channels of many numbers, as a spectrum of lines has them.
        return None
    if not _are_alike(value):
        return None
    text = (
        f"{node.name} has statistics for each of the {shape[1]} items of axis 1 of {shape}, which are all alike, over "
        f"the {shape[2]} features of axis 2 together, which are of very different sizes: the large ones stay large "
        "beside the small ones, which are lost"
    )
    fix = Fix(
        f"nn.{_NORMS[node.name]}({shape[2]}) of x.transpose(1, 2), and back behind it",
        _edits(step, node, shape[2]),
        tried(step, {node.index: _over_items if node.name == "batch_norm" else _over_items_of_each}),
        "each feature has statistics of its own",
    )
    return sighted("scaled_over_features", node, text, (fix,))


def _leaves_levels(step: Step, norm: Node, value: Tensor, reader: Node) -> bool:
    """Whether the items are steps, and hardly anything of what is left of them is more than each feature's own level.

    Of features of one kind that is said by how little they move about their levels, not by how large these are.
    """
    if norm.name != "batch_norm" or value.shape[-1] < _FEWEST:
        # Of each step alone features of one kind may be rid of their level.
        return False
    if reader.name != "conv1d" and walker_behind(step, norm.ref, 1) is None:
        return False
    return _share_left(batch_norm(value.double(), None, None, training=True)) < _LEFT_BY_STEPS


def _are_alike(value: Tensor) -> bool:
    """Whether the items along axis 1 are of one size and of one mean, as far as so few numbers say.

    Each feature says as much as any other one: the largest of them alone would be few numbers.
    """
    each = value.double() / value.double().square().mean((0, 1)).sqrt().clamp(min=1e-12)
    sizes, means = each.square().mean((0, 2)).sqrt(), each.mean((0, 2))
    return bool(sizes.max() < _ALIKE * sizes.min()) and bool(means.max() - means.min() < sizes.min())


def _reader_of_features(step: Step, norm: Node, count: int) -> Node | None:
    """The layer behind a norm, if it has weights for what stands in the last axis, and none for the items."""
    later = [index for index in step.order if index > norm.index]
    held = followed(step.tape, {norm.ref: 2}, later)
    for node in map(step.node, later):
        if node.parents and node.parents[0] in held and node.name in RECURRENT | {"linear", "conv1d"}:
            shape, axis = step.tape.shape(node.parents[0]), held[node.parents[0]]
            if len(shape) != 3 or shape[axis] != count:
                return None
            reads = 1 if node.name == "conv1d" else 2
            is_first = node.name not in RECURRENT or (len(node.args) == _ARGUMENTS and node.args[8] is True)
            return node if is_first and axis == reads else None
    return None


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


def _over_items_of_each(*args: Any, **kwargs: Any) -> Tensor:
    values: Tensor = args[0] if args else kwargs["input"]
    return instance_norm(values.transpose(1, 2)).transpose(1, 2)


PROBE = Probe(
    "raw features keep what changes in them when they are scaled",
    lambda look: scaled_over_features(look.step),
)
