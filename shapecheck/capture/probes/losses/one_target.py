"""A loss that takes one target for many predictions, as torch itself warns where their shapes differ."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.features_axis import features_made
from shapecheck.capture.instruments.axes.members import is_along_members, is_drawn_again, is_of_several
from shapecheck.capture.instruments.tensors.pairs import spread
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import DISTANCES


def one_target(step: Step, before: Step | None) -> Iterator[Sighting]:
    """Losses whose target is repeated along an axis of the prediction.

    A number that stands for all on purpose, as the label of a discriminator does, is the same in every step; and
    several columns, several models, or several guesses of one model may have one target in common.
    """
    features: dict[Ref, int] | None = None
    for node in step.of_loss:
        if node.name not in DISTANCES or len(node.parents) < 2 or node.spot is None:
            continue
        for given, target in (node.parents[:2], node.parents[1::-1]):
            shapes = step.tape.shape(given), step.tape.shape(target)
            if target in step.learned or given not in step.learned or not shapes[1] or spread(*shapes) != shapes[0]:
                continue
            if shapes[0] == shapes[1] or not _varies(step, before, node, target):
                continue
            axes = [axis for axis, size in enumerate(_padded(*shapes)) if size != shapes[0][axis]]
            features = features_made(step.tape, step.order) if features is None else features
            if features.get(given) in axes or is_of_several(step, given):
                continue
            if is_drawn_again(step, given) or is_along_members(step, given, {shapes[0][axis] for axis in axes}):
                continue
            text = (
                f"the prediction is {shapes[0]} and the target {shapes[1]}: each number of the target is held against "
                f"{' x '.join(str(shapes[0][axis]) for axis in axes)} predictions, and torch warns of it"
            )
            yield sighted("one_target_for_many", node, text)


def _padded(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return (1,) * (len(one) - len(other)) + other


def _varies(step: Step, before: Step | None, node: Node, target: Ref) -> bool:
    """Whether the numbers of the target differ, in itself or from those of the step before."""
    value = step.value(target)
    if value.numel() > 1:
        return not bool((value == value.reshape(-1)[0]).all())
    old = [] if before is None else [_target_of(before, at, node) for at in before.order]
    return any(each is not None and not torch.equal(each, value) for each in old)


def _target_of(step: Step, index: int, like: Node) -> Tensor | None:
    """The target of the same call in another step."""
    node = step.node(index)
    is_same = node.name == like.name and node.spot is not None and like.spot is not None
    if not is_same or node.spot.line != like.spot.line or node.spot.code is not like.spot.code:  # type: ignore[union-attr]
        return None
    found = [ref for ref in node.parents[:2] if ref not in step.learned]
    return step.value(found[0]) if found else None


PROBE = Probe(
    "no loss takes one target for many predictions",
    lambda look: one_target(look.step, look.before),
)
