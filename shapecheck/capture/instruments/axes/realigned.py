"""An operand that spreads along another axis than it belongs to, because that one happens to have its size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ARITHMETIC

# What spreads its operands to one shape.
SPREADING = ARITHMETIC | {"rdiv", "masked_fill", "where"}


def realigned(step: Step, node: Node) -> Iterator[Alternative]:
    """The same operation with the smaller operand spread along other axes; what comes out keeps its shape."""
    if node.name == "scaled_dot_product_attention":
        yield from _masks(step, node)
        return
    if node.name not in SPREADING or node.kwargs or len(node.parents) < 2:
        return
    out = node.shapes[0]
    shapes = [step.tape.shape(parent) for parent in node.parents]
    if out not in shapes:
        # Each operand spreads along the other: that is a table of pairs, and one may be meant.
        yield from _with_axes_too_many(step, node)
        return
    for at, argument in enumerate(node.args):
        if argument not in node.parents or argument in step.learned:
            # Two things that were learned may well be a table of pairs, of which one holds the norms of a side.
            continue
        shape = step.tape.shape(argument)
        for other, title in _placements(shape, out):
            runs: dict[int, Run] = {node.index: _spread(node, at, other)}
            yield Alternative("realigned", title, runs)


def _with_axes_too_many(step: Step, node: Node) -> Iterator[Alternative]:
    """One number for each row of the other operand, with more axes of one behind it than that one has: as many meant.

    ``error * weight.view(-1, 1, 1)`` of a matrix of errors has the rows along two axes. Of data alone all levels of all
    rows may be wanted.
    """
    if len(node.parents) != 2:
        return
    for argument, other in (node.parents, node.parents[::-1]):
        shape, rows = step.tape.shape(argument), step.tape.shape(other)
        is_of_rows = rows[:1] == shape[:1] and set(shape[1:]) == {1} and other in step.learned
        if is_of_rows and argument not in step.learned and 1 < len(rows) < len(shape) and argument in node.args:
            new = (*shape[:1], *([1] * (len(rows) - 1)))
            runs: dict[int, Run] = {node.index: _spread(node, node.args.index(argument), new)}
            yield Alternative("realigned", f"view({', '.join(['-1', *['1'] * (len(rows) - 1)])})", runs)


def _masks(step: Step, node: Node) -> Iterator[Alternative]:
    """The mask of an attention along other axes of the scores."""
    mask = node.argument(3, "attn_mask")
    if not isinstance(mask, Ref) or mask in step.learned or len(node.parents) < 3:
        return
    scores = (*node.shapes[0][:-1], step.tape.shape(node.parents[1])[-2])

    def masked(shape: tuple[int, ...]) -> Run:
        def run(*args: Any, **kwargs: Any) -> Any:
            given = kwargs["attn_mask"] if "attn_mask" in kwargs else args[3]
            rest = {key: value for key, value in kwargs.items() if key != "attn_mask"}
            return node.function(*args[:3], given.reshape(shape), *args[4:], **rest)  # type: ignore[misc]

        return run

    for other, title in _placements(step.tape.shape(mask), scores):
        runs: dict[int, Run] = {node.index: masked(other)}
        yield Alternative("realigned", f"the mask as {title}", runs)


def _placements(shape: tuple[int, ...], out: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], str]]:
    """Other shapes of the same numbers that spread to the same result, one axis moved to where it fits as well."""
    ndim = len(out)
    old = (1,) * (ndim - len(shape)) + shape
    long = [axis for axis in range(ndim) if old[axis] > 1]
    if not long or len(long) == ndim:
        return
    if len(long) == 1:
        places: list[tuple[int, ...]] = [(axis,) for axis in range(ndim) if out[axis] == old[long[0]]]
    else:
        kept = [old[axis] for axis in long]
        fitting = (place for place in combinations(range(ndim), len(long)) if [out[axis] for axis in place] == kept)
        places = sorted(fitting, key=lambda place: sum(axis not in long for axis in place))
    for place in places:
        if list(place) != long:
            new = [1] * ndim
            for axis, source in zip(place, long, strict=True):
                new[axis] = old[source]
            yield tuple(new), f"view({', '.join('-1' if size > 1 and len(long) == 1 else str(size) for size in new)})"


def _spread(node: Node, at: int, shape: tuple[int, ...]) -> Run:
    def run(*args: Any, **_: Any) -> Any:
        given = list(args)
        assert isinstance(given[at], Tensor)
        given[at] = given[at].reshape(shape)
        if node.is_in_place and isinstance(given[0], torch.Tensor):
            given[0] = given[0].clone()
        return node.function(*given)  # type: ignore[misc]

    return run
