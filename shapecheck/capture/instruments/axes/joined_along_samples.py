"""Tensors of the same samples that were put one behind the other and reduced together: those of each sample meant."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from math import prod
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import call_at, other_axis
from shapecheck.capture.recording.replay import Run, refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, COPIES
from shapecheck.findings import Edit

# What all samples have in common is taken off, or scales them.
_TAKES_OFF = frozenset(["sub", "rsub", "div", "rdiv"])


def joined_along_samples(step: Step, node: Node) -> Iterator[Alternative]:
    """``torch.cat(states).mean(0).expand(len(x), -1)``: the states lie in a stack, and the mean is that of each sample.

    What all samples have in common may well be taken off each of them; but who lays it out for as many rows as each of
    the tensors has, and goes on with it, wants a row of its own for each.
    """
    if not node.parents or reduced_axes(step, node) != (0,) or len(node.shapes) != 1:
        return
    join = step.node(node.parents[0].node)
    shapes = {step.tape.shape(ref) for ref in join.parents}
    if join.name != "cat" or len(join.parents) < 2 or len(shapes) != 1 or _axis(join) != 0:
        return
    above = [refs_above(step.tape, ref, step.first) for ref in join.parents]
    if not set.intersection(*above).intersection(step.inputs):
        # Of two sets of points each has rows of its own, and what both have in common is all of them together.
        return
    (shape,) = shapes
    behind = _laid_out(step, node, shape[0]) if shape[0] > 1 else None
    if behind:
        laid = {index: _laid_as(step.node(index).shapes[0]) for index in behind}
        runs = {node.index: _of_each(node, len(join.parents)), **laid}
        has_axis = _has_an_axis_for_it(shape, map(step.node, behind))
        yield Alternative("stacked", "dim=1" if has_axis else "torch.stack in the place of torch.cat", runs)


def stacked(step: Step, other: Alternative) -> tuple[Edit, ...]:
    """The edit that stacks what a call puts one behind the other, where what reads it runs as it is.

    What has an axis of one item for it, as the state of one token of each sample, is joined along that one.
    """
    node, *behind = (step.node(index) for index in sorted(other.instead))
    join = step.node(node.parents[0].node)
    shape = step.tape.shape(join.parents[0])
    if _has_an_axis_for_it(shape, behind):
        edits = other_axis(join, 1), other_axis(node, 1)
        return (*edits[0], *edits[1]) if all(edits) else ()
    call = call_at(join)
    is_plain = len(behind) == 1 and behind[0].name == "expand" and len(node.shapes[0]) < len(join.shapes[0])
    if not is_plain or call is None or len(call.args) != 1 or join.spot is None:
        return ()
    if not isinstance(call.func, ast.Attribute):
        return ()
    return replaced_text(join.spot.code.co_filename, call.func, f"{ast.unparse(call.func.value)}.stack")


def _has_an_axis_for_it(shape: tuple[int, ...], behind: Iterable[Node]) -> bool:
    """Whether what is joined has an axis of one item behind the samples, which what is made of it does without."""
    return shape[1:2] == (1,) and all(len(each.shapes[0]) < len(shape) for each in behind)


def _laid_out(step: Step, node: Node, rows: int) -> list[int] | None:
    """What a reduction is read by, if all of it is laid out for so many rows; None if any is not."""
    found: list[int] = []
    for reader in step.readers(node):
        found.append(reader.index)
        if reader.name in AXES_OF_ONE:
            behind = _laid_out(step, reader, rows)
            if not behind:
                return None
            found += behind
        elif not _is_laid_out(step, reader, rows):
            return None
    return found


def _is_laid_out(step: Step, reader: Node, rows: int) -> bool:
    is_copy = reader.name in COPIES and reader.shapes[0][:1] == (rows,)
    return is_copy and not any(one.name in _TAKES_OFF for one in step.readers(reader))


def _axis(join: Node) -> int | None:
    given = join.argument(1, "dim", "axis", default=0)
    ndim = len(join.shapes[0])
    return given % ndim if isinstance(given, int) and ndim else None


def _of_each(node: Node, count: int) -> Run:
    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        given = {key: value for key, value in kwargs.items() if key != "keepdim"}
        return node.function(values.reshape(count, -1, *values.shape[1:]), *args[:1], **given)  # type: ignore[misc]

    return run


def _laid_as(shape: tuple[int, ...]) -> Run:
    """Rows that are one for each sample already, without the axes of one item that were only to be spread over."""

    def run(values: Tensor, *_: Any, **__: Any) -> Tensor:
        return values.reshape(shape) if values.numel() == prod(shape) else values

    return run
