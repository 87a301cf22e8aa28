"""Where a module puts its rows into another order: by what it sorts, or group by group."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ORDERS, TAKES_ROWS

_LEAST, _MOST = 3, 128
_HOPS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Sorted:
    """Where the rows of something were put into another order.

    Args:
        node: What did so.
        source: What held them before.
        keys: What they were sorted by, if by one tensor.
        order: Which row of that each row is.
        behind: All that was made of it, and of what they were sorted by in the same order.
    """

    node: Node
    source: Ref
    keys: Ref | None
    order: tuple[int, ...]
    behind: frozenset[int]

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.order)


def sorted_rows(step: Step) -> list[Sorted]:
    """Where modules put rows into the order of whole numbers, such as lengths; the first of them on each way."""
    found: list[Sorted] = []
    for node in step.of_loss:
        if node.root < 0 or not has_parameters(step.tape.roots[node.root].module):
            continue
        if any(ref.node in item.behind for item in found for ref in node.parents):
            continue
        made = (
            _by_sort(step, node) if node.name in TAKES_ROWS else _by_groups(step, node) if node.name == "cat" else None
        )
        if made is not None:
            start = {node.ref, *_sorted_keys(step, node)}
            found.append(Sorted(node, *made, frozenset([node.index, *descendants(step.tape, start, step.order)])))
    return found


def _sorted_keys(step: Step, node: Node) -> list[Ref]:
    """What the rows were sorted by, in the new order, where one call gave both."""
    by = step.node(node.parents[1].node) if node.name in TAKES_ROWS and len(node.parents) == 2 else None
    return [by.ref] if by is not None and by.name == "sort" and len(by.shapes) == 2 else []


def _by_sort(step: Step, node: Node) -> tuple[Ref, Ref | None, tuple[int, ...]] | None:
    source = node.parents[0]
    shape = step.tape.shape(source)
    if not shape or node.shapes[0] != shape or not _LEAST <= shape[0] <= _MOST:
        return None
    if len(node.parents) == 1:
        index = node.argument(1)
        is_order = isinstance(index, list) and sorted(map(str, index)) == sorted(map(str, range(shape[0])))
        return (source, None, tuple(index)) if is_order and isinstance(index, list) else None
    if len(node.parents) != 2 or step.tape.shape(node.parents[1]) != shape[:1]:
        return None
    by = step.node(node.parents[1].node)
    keys = by.parents[0] if by.name in ORDERS and by.parents else None
    if keys is None or keys in step.learned or step.tape.dtype(keys).is_floating_point:
        return None
    if step.node(keys.node).name == "randperm":
        # The sort of an order that was drawn is the way back from it.
        return None
    return source, keys, tuple(step.value(node.parents[1]).tolist())


def _by_groups(step: Step, node: Node) -> tuple[Ref, Ref | None, tuple[int, ...]] | None:
    """``torch.cat([layer(x[kind == k]) for k, layer in enumerate(layers)])``: every row once, group by group."""
    given = node.argument(1, "dim", default=0)
    if given not in (0, -len(node.shapes[0])) or len(node.parents) < 2:
        return None
    picks = [_pick(step, part) for part in node.parents]
    sources = {pick.parents[0] for pick in picks if pick is not None}
    if None in picks or len(sources) != 1:
        return None
    source = sources.pop()
    size = step.tape.shape(source)[0]
    order = tuple(row for pick in picks if pick is not None for row in _rows(step, pick))
    is_each = _LEAST <= size <= _MOST and size == node.shapes[0][0] and sorted(order) == [*range(size)]
    return (source, None, order) if is_each and order != tuple(range(size)) else None


def _pick(step: Step, part: Ref) -> Node | None:
    """What picked the rows of a part, by numbers or a mask that nothing was learned for."""
    rows = step.tape.shape(part)[:1]
    for ref, node in backwards(step.tape, part, None, _HOPS, first=step.first):
        if step.tape.shape(ref)[:1] != rows:
            return None
        if node.name in TAKES_ROWS and len(node.parents) == 2 and [*_rows(step, node)]:
            return node if node.parents[1] not in step.learned else None
    return None


def _rows(step: Step, pick: Node) -> Iterator[int]:
    """The rows that a pick takes along the first axis."""
    whole, by = pick.parents
    shape = step.tape.shape(whole)
    is_first = pick.args[1:2] == (0 if pick.name == "index_select" else by,)
    if not is_first or len(step.tape.shape(by)) != 1 or step.tape.dtype(by).is_floating_point:
        return
    value = step.value(by)
    yield from (value.nonzero().flatten() if value.dtype == torch.bool else value % shape[0]).tolist()
