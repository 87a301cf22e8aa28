"""Items that were moved to other places along an axis: rolled, flipped, or shifted with something put in front."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref


def displaced(step: Step, source: Ref, axis: int, before: int) -> Iterator[tuple[Node, Alternative]]:
    """The operations that move the items of an axis of a source to other places, and the same along the other axis.

    Args:
        step: The step.
        source: The source.
        axis: Its axis, one of the first two; steps are looked for along the other one.
        before: The node behind which nothing is looked for.
    """
    new = 1 - axis
    for index in descendants(step.tape, {source}, step.order):
        node = step.node(index)
        if index > before:
            return
        if not node.shapes[0] or not _has_steps(step, Ref(index), new):
            continue
        if node.name in ("roll", "flip") and _moves(node, axis) and _is_alone(step, node):
            kind = "along" if node.name == "flip" else "shifted"
            yield node, Alternative(kind, f"dims={new}", {index: _along(node, new)}, axis, new)
        elif node.name == "pad":
            by = _padded_by(node, axis)
            if by:
                pads = [0] * (2 * (len(node.shapes[0]) - new - 1)) + [by, -by]
                title = f"F.pad(x, {tuple(pads)})"
                yield node, Alternative("shifted", title, {index: _padded(pads)}, axis, new)
        elif node.name == "cat":
            yield from _joined(step, node, axis, new)


def _has_steps(step: Step, ref: Ref, axis: int) -> bool:
    """Whether the other axis may hold steps: features beside it, or the numbers of tokens."""
    shape = step.tape.shape(ref)
    is_tokens = len(shape) == 2 and not step.tape.dtype(ref).is_floating_point
    return (len(shape) > 2 or is_tokens) and shape[axis] > 2


def _moves(node: Node, axis: int) -> bool:
    """Whether items are moved along an axis alone, or from row to row: a roll without axes is one of all numbers."""
    return _axes(node) == [axis] or (node.name == "roll" and not _axes(node) and len(node.shapes[0]) > 1)


def _axes(node: Node) -> list[int]:
    given = node.kwargs.get("dims", node.args[-1] if len(node.args) > (node.name == "roll") + 1 else None)
    axes = [given] if isinstance(given, int) else list(given) if isinstance(given, tuple | list) else []
    ndim = len(node.shapes[0])
    return [value % ndim for value in axes if isinstance(value, int)]


def _along(node: Node, axis: int) -> Run:
    def run(values: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if node.name == "flip":
            return values.flip(axis)
        by = args[0] if args else kwargs["shifts"]
        return values.roll(by if isinstance(by, int) else by[0], axis)

    return run


def _is_alone(step: Step, node: Node) -> bool:
    """Whether beside what was moved only the loss reads the tensor: no pairs of samples, no mixture of two.

    Whoever mixes samples, or needs wrong partners for them, has the model read them as they were, too.
    """
    rest = [index for index in step.order if index != node.index and index in step.to_loss]
    terms = {term.node for term in step.terms}
    return all(
        index in terms or not any(parent in step.learned for parent in step.node(index).parents)
        for index in descendants(step.tape, {node.parents[0]}, rest)
    )


def _padded_by(node: Node, axis: int) -> int:
    """By how much a pad moves everything along one axis, with nothing else done."""
    given = node.argument(1, "pad")
    if not isinstance(given, tuple | list) or len(given) % 2:
        return 0
    ndim = len(node.shapes[0])
    pairs = {ndim - 1 - at: (given[2 * at], given[2 * at + 1]) for at in range(len(given) // 2)}
    one, other = pairs.pop(axis, (0, 0))
    return one if one == -other and all(pair == (0, 0) for pair in pairs.values()) else 0


def _padded(pads: list[int]) -> Run:
    def run(values: Tensor, *_: Any, **__: Any) -> Tensor:
        return torch.nn.functional.pad(values, pads)

    return run


def _joined(step: Step, node: Node, axis: int, new: int) -> Iterator[tuple[Node, Alternative]]:
    """All but the last items behind a constant, or all but the first in front of one."""
    given = node.argument(1, "dim", "axis", default=0)
    items = node.args[0] if node.args and isinstance(node.args[0], list | tuple) else ()
    if not isinstance(given, int) or given % len(node.shapes[0]) != axis or len(items) != 2:
        return
    for at, item in enumerate(items):
        other = items[1 - at]
        if not isinstance(item, Ref) or not isinstance(other, Ref) or step.is_leaf(item):
            continue
        cut, rest = step.node(item.node), step.value(other)
        whole = cut.parents[0] if cut.parents else None
        if cut.name != "__getitem__" or whole is None or step.tape.shape(whole) != node.shapes[0]:
            continue
        is_constant = rest.numel() > 0 and bool((rest == rest.flatten()[0]).all())
        if step.readers(item) != [node] or not is_constant or rest.shape[axis] >= node.shapes[0][new]:
            continue
        runs: dict[int, Run] = {
            cut.index: lambda values, *_, **__: values,
            node.index: _shifted(rest.shape[axis], float(rest.flatten()[0]), new, is_back=at == 0),
        }
        yield node, Alternative("shifted", f"torch.cat(..., dim={new})", runs, axis, new)


def _shifted(count: int, fill: float, axis: int, *, is_back: bool) -> Run:
    def run(items: Any, *_: Any, **__: Any) -> Tensor:
        whole: Tensor = items[0] if is_back else items[1]
        size = whole.shape[axis] - count
        edge = torch.full_like(whole.narrow(axis, 0, count), fill)
        kept = whole.narrow(axis, count if is_back else 0, size)
        return torch.cat([kept, edge] if is_back else [edge, kept], axis)

    return run
