"""Squeezes that name no axis: which shapes they meet, in other batches and in a last one, and which axes were meant."""

from __future__ import annotations

from collections.abc import Iterable

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import in_call
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Edit


def shape_of_a_rest(step: Step, shape: tuple[int, ...], axis: int | None = None) -> tuple[int, ...] | None:
    """The shape that comes with a loader's last batch, if that holds one sample only, and the loop goes on to it.

    Args:
        step: The step.
        shape: What a batch has.
        axis: Where its samples lie; the first axis of several if that is not known.
    """
    if any(root.may_end_early for root in step.roots):
        return None
    draws = (step.tape.drawn.get(origin(step.tape, ref, CONVERTS)[0].node) for ref in step.inputs)
    sizes = [(len(draw.rows), draw.rest) for draw in draws if draw is not None]
    # Of what nobody announced the first batch was put together before anybody listened.
    return _of_one(shape, [*sizes, *_looped(step)], axis)


def shape_of_a_rest_that_is_met(step: Step, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The same, where the loop around a call does go on to the last batch."""
    return _of_one(shape, _looped(step))


def _looped(step: Step) -> list[tuple[int, int | None]]:
    return [(root.sizes[0], root.sizes[1]) for root in step.roots if root.sizes is not None]


def _of_one(
    shape: tuple[int, ...], sizes: list[tuple[int, int | None]], axis: int | None = None
) -> tuple[int, ...] | None:
    """The shape with one item along its first axis of several, if that holds the samples of such a loader."""
    at = next((at for at, size in enumerate(shape) if size > 1), None) if axis is None else axis
    if at is None or not any(rest == 1 and shape[at] == size for size, rest in sizes):
        return None
    return (*shape[:at], 1, *shape[at + 1 :])


def alike(step: Step, node: Node) -> list[Node]:
    """The same instruction, in this step and those before."""
    return [other for other in step.tape.nodes[: step.last] if other.repeats(node) and other.parents]


def names_no_axis(node: Node) -> bool:
    """Whether it is a squeeze of all axes of size one."""
    return node.name == "squeeze" and len(node.args) == 1 and not node.kwargs


def axes_meant(shapes: Iterable[tuple[int, ...]]) -> list[int]:
    """The axes that are of size one in every batch, where all of them have as many axes."""
    return [axis for axis, sizes in enumerate(zip(*shapes, strict=True)) if set(sizes) == {1}]


def with_axes(node: Node, meant: list[int]) -> tuple[str, tuple[Edit, ...]]:
    """What is told of a squeeze that names its axes, and the edit; without any, that it can go."""
    arguments = ", ".join(map(str, meant)) if len(meant) < 2 else f"({', '.join(map(str, meant))})"
    return (f"squeeze({arguments})", in_call(node, arguments)) if meant else ("no squeeze()", ())
