"""The shapes that an instruction meets: those of other batches, and the one that a loader's last batch brings."""

from __future__ import annotations

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS


def shape_of_a_rest(step: Step, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The shape that comes with a loader's last batch, if that holds one sample only, and the loop goes on to it."""
    if any(root.may_end_early for root in step.roots):
        return None
    draws = (step.tape.drawn.get(origin(step.tape, ref, CONVERTS)[0].node) for ref in step.inputs)
    sizes = [(len(draw.rows), draw.rest) for draw in draws if draw is not None]
    # Of what nobody announced the first batch was put together before anybody listened.
    return _of_one(shape, [*sizes, *_looped(step)])


def shape_of_a_rest_that_is_met(step: Step, shape: tuple[int, ...]) -> tuple[int, ...] | None:
    """The same, where the loop around a call does go on to the last batch."""
    return _of_one(shape, _looped(step))


def _looped(step: Step) -> list[tuple[int, int | None]]:
    return [(root.sizes[0], root.sizes[1]) for root in step.roots if root.sizes is not None]


def _of_one(shape: tuple[int, ...], sizes: list[tuple[int, int | None]]) -> tuple[int, ...] | None:
    return (1, *shape[1:]) if any(rest == 1 and shape[:1] == (size,) for size, rest in sizes if size > 1) else None


def alike(step: Step, node: Node) -> list[Node]:
    """The same instruction, in this step and those before."""
    return [other for other in step.tape.nodes[: step.last] if other.repeats(node) and other.parents]


__all__ = ["alike", "shape_of_a_rest", "shape_of_a_rest_that_is_met"]
