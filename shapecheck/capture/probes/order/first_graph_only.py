"""Edges of one graph, used on the nodes of many copies of it that lie behind each other: the first one has them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.separation import separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, TAKES_ROWS
from shapecheck.findings import Fix

# What adds rows up by a number for each row.
_ADDS = frozenset(["index_add", "scatter_add", "scatter_reduce", "index_reduce"])
# What makes something else of each row by itself.
_EACH = frozenset(
    ["linear", "relu", "gelu", "elu", "silu", "leaky_relu", "tanh", "sigmoid", "layer_norm", "dropout", "to",
     "contiguous", "clone", "add", "mul"]
)  # fmt: skip
_LEAST = 3


@dataclass(frozen=True, slots=True, eq=False)
class _Flat:
    """Nodes of all graphs, one behind the other.

    Args:
        node: The reshape that made them one axis.
        whole: The sizes that it merged.
    """

    node: Node
    whole: tuple[int, ...]

    @property
    def each(self) -> int:
        """The number of nodes of one graph."""
        return self.whole[-1]


def first_graph_only(look: Look) -> Iterator[Sighting]:
    """``h.reshape(batch * steps * nodes, -1)[edges[0]]``: numbers of the nodes of one graph among those of all.

    Told where neighbours are read and added up by such numbers, which name most nodes of the first graph and none of
    the others, but for edges from a node to itself. Who picks rows of the batch reads them, and adds up none. Of
    several layers of one thing, such as the levels of a grid, the first one may be all that has edges: the graphs of
    samples are never mixed.
    """
    step = look.step
    for taken in step.all_of_loss:
        flat = _flat(step, taken)
        numbers = _numbers(step, taken) if flat is not None else None
        if flat is None or numbers is None or int(numbers.min()) < 0:
            continue
        count = step.tape.shape(taken.parents[0])[0]
        for at in descendants(step.tape, {taken.ref}, sorted(step.to_loss)):
            added = step.node(at)
            ends = _numbers(step, added) if added.name in _ADDS and added.shapes[0][:1] == (count,) else None
            if ends is None or len(ends) != len(numbers):
                continue
            between = ends != numbers
            if all(_are_of_one_graph(each[between], flat) for each in (numbers, ends)) and _are_samples(look, flat):
                yield _told(flat, taken, count)
                return


def _flat(step: Step, taken: Node) -> _Flat | None:
    """What made one axis of the nodes of several graphs, if rows are taken of that axis."""
    if taken.name not in TAKES_ROWS or len(taken.parents) != 2:
        return None
    shape = step.tape.shape(taken.parents[0])
    for ref, node in backwards(step.tape, taken.parents[0], _EACH | CUTS, first=step.first):
        if step.tape.shape(ref)[:1] != shape[:1] or len(shape) != 2:
            return None
        whole = step.tape.shape(node.parents[0]) if node.name in CUTS and node.parents else ()
        merged = whole[:-1]
        if len(merged) > 1 and merged[-1] >= _LEAST and torch.Size(merged).numel() == shape[0] > merged[-1]:
            return _Flat(node, merged)
    return None


def _numbers(step: Step, node: Node) -> Tensor | None:
    """The numbers of rows along the first axis, one for each row that is taken or added up."""
    if node.name == "__getitem__":
        given = node.args[1]
    else:
        axis = node.argument(1, "dim")
        is_first = isinstance(axis, int) and axis in (0, -len(node.shapes[0]))
        given = node.argument(2, "index") if is_first else None
    if not isinstance(given, Ref) or step.tape.dtype(given) not in (torch.int64, torch.int32):
        return None
    value = step.value(given)
    if value.ndim == 2 and bool((value == value[:, :1]).all()):
        value = value[:, 0]
    return value if value.ndim == 1 and len(value) else None


def _are_of_one_graph(numbers: Tensor, flat: _Flat) -> bool:
    """Whether most nodes of one graph are named, some of them more than once, and none behind them."""
    if not len(numbers):
        return False
    named = numbers.unique()  # type: ignore[no-untyped-call]
    return int(numbers.min()) >= 0 and int(numbers.max()) < flat.each < 2 * len(named) and len(named) < len(numbers)


def _are_samples(look: Look, flat: _Flat) -> bool:
    """Whether one of the axes in front of that of the nodes holds items of an input that never meet."""
    source, front = flat.node.parents[0], len(flat.whole) - 1
    return any(
        min(separate_axes(way.moves[axis].masks(source)), default=front) < front
        for way in look.seen
        for axis in way.apart
    )


def _told(flat: _Flat, taken: Node, count: int) -> Sighting:
    shape = ", ".join(map(str, flat.whole))
    text = (
        f"({shape}) became one axis of {count} nodes, and neighbours are taken and added up by numbers below "
        f"{flat.each}: only the first {flat.each} nodes, those of the first graph, have edges, and the "
        f"{count - flat.each} behind them have none"
    )
    fix = Fix("keep the axis of the nodes, or add the number of nodes of all graphs before", (), "no")
    return sighted("edges_not_offset", flat.node if flat.node.spot is not None else taken, text, (fix,))


PROBE = Probe(
    "the edges of one graph are not used on the nodes of many",
    first_graph_only,
)
