"""Sines for the samples at even places of the batch, and cosines for those at odd ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.separation import separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON, WAVES


def waves_along_batch(look: Look) -> Iterator[Sighting]:
    """``code[::2] = code[::2].sin()`` and ``code[1::2] = code[1::2].cos()`` where the rows are samples.

    Which of the two a number becomes goes by its place, which is meant for features. That samples lie there instead is
    seen by replacing them: then two that are equal get other codes if they stand beside each other.
    """
    step = look.step
    for node, axis, made in _by_place(step):
        for way in look.seen:
            if len(way.apart) != 1:
                continue
            if separate_axes(way.moves[way.apart[0]].masks(made)) != [axis]:
                continue
            shape = node.shapes[0]
            text = (
                f"along axis {axis} of {shape} every other item becomes a sine, and those between a cosine; by the "
                "probe that axis holds the samples. Two equal samples at an even and at an odd place of the batch get "
                "different codes"
            )
            yield sighted("waves_along_batch", node, text)
            return


def _by_place(step: Step) -> Iterator[tuple[Node, int, Ref]]:
    """What makes sines of some items of an axis and cosines of others by their places, the axis, and what comes out."""
    written: dict[Ref, tuple[Node, int, str]] = {}
    for node in step.of_loss:
        if node.spot is None:
            continue
        if node.name == "where" and len(node.parents) == 3:
            axis = _alternates(step, node)
            if axis is not None and {_wave(step, node.args[1]), _wave(step, node.args[2])} == WAVES:
                yield node, axis, node.ref
        elif node.name == "__setitem__":
            axis, wave = _strided(node), _wave(step, node.args[2])
            before = written.get(node.parents[0])
            if axis is None or wave is None:
                continue
            if before is not None and before[1] == axis and {before[2], wave} == WAVES:
                yield before[0], axis, node.ref
            written[node.ref] = (node, axis, wave)


def _wave(step: Step, given: Any) -> str | None:
    if not isinstance(given, Ref):
        return None
    _, node = origin(step.tape, given, HANDS_ON, first=step.first)
    return node.name if node.name in WAVES else None


def _strided(node: Node) -> int | None:
    """The axis along which every so manyth item is written, if all of the others are."""
    index = node.args[1]
    parts = list(index) if isinstance(index, tuple) else [index]
    if any(not isinstance(part, slice) and part is not Ellipsis for part in parts):
        return None
    strided = [at for at, part in enumerate(parts) if isinstance(part, slice) and isinstance(part.step, int)]
    if len(strided) != 1 or parts[strided[0]].step < 2:
        return None
    at = strided[0]
    return at + len(node.shapes[0]) - len(parts) if Ellipsis in parts[:at] else at


def _alternates(step: Step, node: Node) -> int | None:
    """The axis along which a condition changes from each item to the next, if it does so along no other."""
    ref = node.args[0]
    if not isinstance(ref, Ref) or ref in step.learned:
        return None
    value, shape = step.value(ref), node.shapes[0]
    axes = [axis for axis, size in enumerate(value.shape) if size > 1 and bool(value.diff(dim=axis).any())]
    if len(axes) != 1 or not bool(value.diff(dim=axes[0]).all()):
        return None
    return axes[0] + len(shape) - value.ndim


PROBE = Probe(
    "sines and cosines take turns along the features",
    waves_along_batch,
)
