"""A reshape that says by its names which axis goes where, and takes other numbers there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.capture.instruments.named_sizes import Axis, axes_by_name, axis_spelt, stores_between
from shapecheck.capture.instruments.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Fix


def renamed(step: Step) -> Iterator[Sighting]:
    """``u.view(b, h * w, c)`` of a tensor of which the line above says ``b, c, h, w = u.shape``.

    A reshape keeps all numbers in their order: an axis can keep its name only where as many numbers lie in front of it
    as before. That the tensor still has the axes which the names say is known where it goes by the same name, which
    got no other value in between, or where no other axis has that size.
    """
    told: set[int] = set()
    for index in step.order:
        node = step.node(index)
        if node.name not in ("view", "reshape") or node.spot is None or index not in step.to_loss:
            continue
        if node.spot.line in told or len(step.tape.shape(node.parents[0])) < 2:
            continue
        moved = _moved(step, node)
        if moved is not None:
            told.add(node.spot.line)
            name, shape, order = moved
            text = (
                f"{name} is axis {order[0]} of {shape}, and with {node.name} to {node.shapes[0]} other numbers come to "
                "stand under that name: the order of the numbers stays as it was, so pieces of one axis come to "
                "lie in another"
            )
            yield sighted("axes_renamed", node, text, (Fix(order[1], (), "no"),))


def _moved(step: Step, node: Node) -> tuple[str, tuple[int, ...], tuple[int, str]] | None:
    assert node.spot is not None
    call = call_at(node)
    if call is None or not isinstance(call.func, ast.Attribute):
        return None
    receiver, given = ast.unparse(call.func.value), call.args
    if receiver == "torch" and given:
        receiver, given = ast.unparse(given[0]), given[1:]
    if len(given) == 1 and isinstance(given[0], ast.Tuple | ast.List):
        given = given[0].elts
    shape, out = step.tape.shape(node.parents[0]), node.shapes[0]
    if len(given) != len(out):
        return None
    file = node.spot.code.co_filename
    known = axes_by_name(file, node.spot.line)
    axes = [_axis(item, known) for item in given]
    tensors = {axis.tensor for axis in axes if axis is not None}
    ndims = {axis.ndim for axis in axes if axis is not None} - {0}
    named = [axis for axis in axes if axis is not None]
    if len(tensors) != 1 or (ndims and ndims != {len(shape)}) or any(axis.at >= len(shape) for axis in named):
        return None
    if any(out[at] != shape[axis.at] for at, axis in enumerate(axes) if axis is not None):
        return None
    is_same = receiver == tensors.pop()
    if is_same and not _is_kept(receiver, named, file, node.spot.line):
        return None
    if not is_same and (not ndims or len(named) < 2):
        return None
    for at, axis in enumerate(axes):
        if axis is None or shape[axis.at] < 2 or not (is_same or shape.count(shape[axis.at]) == 1):
            continue
        if prod(out[:at]) != prod(shape[: axis.at]) and not _stands_for_another(axis, at, shape, out, given, known):
            order = _order(given, known, len(shape))
            title = f"permute({', '.join(map(str, order))})" if order else "transpose or permute"
            return ast.unparse(given[at]), shape, (axis.at, title + " before the reshape")
    return None


def _stands_for_another(
    axis: Axis, at: int, shape: tuple[int, ...], out: tuple[int, ...], given: list[ast.expr], known: dict[str, Axis]
) -> bool:
    """Whether the name may as well be read for another axis of the same size, which comes to stand there whole.

    ``b, n, _ = scores.shape`` of square tables has one name for both of their axes. An axis that is spoken of by a
    name of its own in the same reshape has no need of another's.
    """
    parts = [_axis(part, known) for item in given for part in _factors(item)]
    spoken = {part.at for part in parts if part is not None}
    return any(
        size == shape[axis.at] and other not in spoken and prod(out[:at]) == prod(shape[:other])
        for other, size in enumerate(shape)
        if other != axis.at
    )


def _axis(item: ast.expr, known: dict[str, Axis]) -> Axis | None:
    if isinstance(item, ast.Name):
        return known.get(item.id)
    spelt = axis_spelt(item)
    return None if spelt is None else Axis(*spelt, 0, 0)


def _is_kept(receiver: str, named: list[Axis], file: str, line: int) -> bool:
    first = min((axis.line for axis in named if axis.line), default=line)
    return receiver.isidentifier() and not stores_between(file, first, line, receiver)


def _order(given: list[ast.expr], known: dict[str, Axis], ndim: int) -> list[int]:
    """The order of the old axes that the names ask for; empty where they do not say it wholly."""
    order: list[int] = []
    for item in given:
        parts = [_axis(part, known) for part in _factors(item)]
        if any(part is None for part in parts):
            rest = [at for at in range(ndim) if at not in order]
            order += rest if item is given[-1] and len(rest) == 1 else []
            continue
        order += [part.at for part in parts if part is not None]
    return order if sorted(order) == list(range(ndim)) else []


def _factors(item: ast.expr) -> list[ast.expr]:
    if isinstance(item, ast.BinOp) and isinstance(item.op, ast.Mult):
        return [*_factors(item.left), *_factors(item.right)]
    return [item]


PROBE = Probe(
    "a reshape takes each axis where its names say",
    lambda look: renamed(look.step),
    turn=Turn.LAST,
)
