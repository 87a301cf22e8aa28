"""`axis_flow`: what each axis of each tensor in a model is, from how it behaves."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from shapecheck.axes import Carried, FlowStage, How
from shapecheck.capture.instruments.trials.separation import Moves, probe
from shapecheck.capture.places import unwrapped
from shapecheck.capture.recording.forward import recorded
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, tensors_in
from shapecheck.errors import ShapecheckError, expect
from shapecheck.explainer import Explaining

# By way of `render`, which teaches it to show itself.
from shapecheck.render import AxisFlow
from shapecheck.render.words import many


def axis_flow(model: nn.Module, *inputs: Any, of: int = 0, axes: tuple[int, ...] = (0, 1)) -> AxisFlow:
    """Replace single items of an input, and see at every operation which positions move.

    A copy of the model runs once in evaluation mode; what it computed is then run again with other inputs, without
    running the model's own code. The model, the inputs and the random numbers stay as they are. Where the model
    raises, its exception goes on with the diagnosis added to it as a note.

    Args:
        model: The model.
        inputs: Its arguments: tensors, and whatever else it takes, which is passed through.
        of: Which of the tensors among them to probe.
        axes: Which axes of it.

    Returns:
        For every tensor that hangs on the input: how each of its axes hangs on each axis that was probed.

    Raises:
        ShapecheckError: There is no such tensor, it has no such axis of at least two items, or the model does not
            use it.
        TypeError: The model is none.

    >>> flow = axis_flow(nn.LSTM(3, 5), torch.randn(4, 7, 3))
    >>> [(item.axis, item.of, item.how) for item in flow.stages[0].carried][:3]
    [(0, 0, 'causal'), (1, 0, 'all'), (2, 0, 'all')]
    """
    expect("model", model, nn.Module, "an nn.Module", by="axis_flow")
    count = sum(1 for _ in tensors_in(inputs))
    if not count:
        kinds = ", ".join(f"a {type(value).__name__}" for value in inputs) or "nothing"
        raise ShapecheckError(f"axis_flow: expected a tensor among the inputs of the model, got {kinds}")
    if not 0 <= of < count:
        raise ShapecheckError(
            f"axis_flow: there is no input {of}; {many(count, 'tensor')} {'was' if count == 1 else 'were'} given"
        )
    twin, inputs = copy.deepcopy(unwrapped(model)).eval(), copy.deepcopy(inputs)
    with Explaining(with_caller=True):
        step, sources, names = recorded(twin, inputs)
    source = sources[of]
    shape = step.tape.shape(source)
    probed = tuple(axis for axis in axes if axis < len(shape) and shape[axis] > 1)
    if not probed:
        raise ShapecheckError(f"axis_flow: none of the axes {axes} of {shape} has two items to tell apart")
    seen = [probe(step, source, axis) for axis in probed]
    stages = dict(_stages(step, source, seen, names))
    if not stages:
        raise ShapecheckError(f"axis_flow: the output does not hang on input {of}")
    return AxisFlow(of, shape, probed, tuple(stages.values()), stages.get(step.loss))


def _stages(step: Step, source: Ref, seen: list[Moves], names: dict[int, str]) -> Iterator[tuple[Ref, FlowStage]]:
    for index in descendants(step.tape, {source}, step.order):
        node = step.node(index)
        for out, shape in enumerate(node.shapes):
            ref = Ref(index, out)
            masks = [moves.masks(ref) for moves in seen]
            if not shape or any(len(found) != len(moves.items) for found, moves in zip(masks, seen, strict=True)):
                continue
            carried = tuple(
                Carried(axis, moves.axis, _how(found, moves.items, axis, step.tape.shape(source)[moves.axis]))
                for moves, found in zip(seen, masks, strict=True)
                for axis in range(len(shape))
            )
            module = names.get(id(node.module), "") if node.module is not None else ""
            place = node.spot.span.place if node.spot else None
            yield ref, FlowStage(_called(node, out), module, shape, carried, place)


# How people write what Python calls by these names.
_SIGNS = {
    "getitem": "[...]",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "matmul": "@",
    "pow": "**",
    "neg": "-",
}


def _called(node: Node, out: int) -> str:
    if node.name.startswith("__") and node.name.endswith("__"):
        name = node.name.strip("_")
        return _SIGNS.get(name, _SIGNS.get(name[1:], name))
    return node.name if len(node.shapes) == 1 else f"{node.name}[{out}]"


def _how(masks: list[Tensor], items: tuple[int, ...], axis: int, size: int) -> How:
    """How an axis hangs on the items that were replaced."""
    others = [other for other in range(masks[0].ndim) if other != axis]
    lines = torch.stack([mask.any(dim=others) if others else mask for mask in masks])
    if not bool(lines.any()):
        return "none"
    if bool(lines.all()):
        return "all"
    length = lines.shape[1]
    at = torch.arange(length)
    if length == size:
        if all(torch.equal(line, at == item) for line, item in zip(lines, items, strict=True)):
            return "own"
        if all(torch.equal(line, at >= item) for line, item in zip(lines, items, strict=True)):
            return "causal"
        if all(torch.equal(line, at <= item) for line, item in zip(lines, items, strict=True)):
            return "anti-causal"
    counts = lines.sum(1)
    if int(lines.sum(0).max()) == 1 and int(counts.min()) == int(counts.max()) > 0:
        return "permuted" if int(counts.max()) == 1 else "block"
    return "mixed"
