"""Pooling windows that are as long as one axis and slide along another, which holds the features."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from shapecheck.capture.instruments.axes.features_axis import features_of
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix
from shapecheck.reading.applied import size_asked
from shapecheck.reading.sources import walk

_POOLS = frozenset(f"{kind}_pool{count}d" for kind in ("max", "avg", "lp") for count in (1, 2, 3))
# A window of two is as likely as not to be as long as something else.
_LEAST = 3


def windows_of_another_axis(look: Look) -> Iterator[Sighting]:
    """``F.max_pool1d(h, h.size(1))`` of ``(batch_size, steps, features)``: all steps were to be pooled.

    A window of so many numbers was measured along the other axis. It must slide along what a layer made for its
    features, or along several axes that were made one, and hold pieces of several of them. Features may be pooled in
    groups: a window that divides them, and whose length is not asked of a tensor, is only by chance as long.
    """
    step = look.step
    features: dict[Ref, int] | None = None
    for node in step.of_loss:
        for axis, window in _windows(step, node):
            shape = step.tape.shape(node.parents[0])
            same = [other for other in range(1, len(shape)) if other != axis and shape[other] == window]
            if not same:
                continue
            if features is None:
                features = features_of(step.tape, step.order)
            is_of_features = features.get(node.parents[0]) == axis and (shape[axis] % window or _asks_size(node))
            if is_of_features or _cuts_across(look, node, axis, window):
                yield _told(node, shape, axis, same[0])
                return


def _windows(step: Step, node: Node) -> Iterator[tuple[int, int]]:
    """The axes along which it pools, and how long its window is there, where that is not the whole axis."""
    if node.name not in _POOLS or not node.parents:
        return
    inside, shape = int(node.name[-2]), step.tape.shape(node.parents[0])
    given = node.argument(1, "kernel_size")
    sizes = [given] * inside if isinstance(given, int) else [*given] if isinstance(given, tuple | list) else []
    if len(shape) < inside + 2:
        return
    for at, size in enumerate(sizes * inside if len(sizes) == 1 else sizes):
        axis = len(shape) - inside + at
        if isinstance(size, int) and size >= _LEAST and size != shape[axis]:
            yield axis, size


def _asks_size(node: Node) -> bool:
    """Whether the call asks a tensor for its size."""
    return any(size_asked(item) is not None for item in walk(call_at(node)))


def _cuts_across(look: Look, node: Node, axis: int, window: int) -> bool:
    """Whether an axis is several ones in one, and a window holds pieces of several places of an outer one."""
    strands = look.weave.of(node.parents[0])[axis].strands
    inner = [prod(one.size for one in strands[at:]) for at in range(1, len(strands))]
    return any(window % size and size % window for size in inner)


def _told(node: Node, shape: tuple[int, ...], axis: int, other: int) -> Sighting:
    text = (
        f"the window of {node.name} is {shape[other]} long, as axis {other} of {shape} is, and slides along axis "
        f"{axis}, which holds features: it takes the largest, or the mean, of features that have nothing in common, "
        f"and what lies along axis {other} is not pooled"
    )
    return sighted("window_of_another_axis", node, text, (Fix(f"axis {other} where axis {axis} is", (), "no"),))


PROBE = Probe(
    "a pooling window slides along the axis that it is as long as",
    windows_of_another_axis,
    turn=Turn.LAST,
)
