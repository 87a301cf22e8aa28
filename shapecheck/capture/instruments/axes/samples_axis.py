"""Which axis of a tensor holds the samples, by the way its items were picked: in no order at all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CONVERTS, RANDOM

_HOPS = 16


def samples_axis(tape: Tape, source: Ref) -> int | None:
    """The axis along which items were put together that were picked in no order; None where nothing says so.

    Steps of a sequence are put together in their order, samples of a shuffled set are not: a ``stack`` of items that
    come neither one behind the other nor backwards, a DataLoader that draws at random, rows that were picked by some
    of the numbers of a ``randperm``. What only turns the tensor afterwards takes the axis along.
    """
    return _followed(tape, source, or_filled=False)


def sequences_axis(tape: Tape, source: Ref) -> int | None:
    """The axis of the samples, or of whole sequences that were filled up to the longest one.

    Steps are not filled up, so what a ``pad_sequence`` puts together is no step of what it was given. But sentences of
    one document follow each other, and what was made of each of them may well be a step of that.
    """
    return _followed(tape, source, or_filled=True)


def _followed(tape: Tape, source: Ref, *, or_filled: bool) -> int | None:
    turns: list[Node] = []
    ref = source
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        axis = _filled(node) if or_filled or _is_drawn(tape, node) else None
        axis = axis if axis is not None else _picked(tape, node, ref)
        if axis is not None:
            for turn in reversed(turns):
                axis = turned(tape, turn, axis)
                if axis is None:
                    return None
            return axis
        if not node.parents or node.function is None:
            return None
        if node.name not in CONVERTS:
            turns.append(node)
            if turned(tape, node, 0) is None:
                return None
        ref = node.parents[0]
    return None


def _picked(tape: Tape, node: Node, ref: Ref) -> int | None:
    ndim = len(node.shapes[ref.out])
    if node.name == "stack":
        given = node.argument(1, "dim", default=0)
        if isinstance(given, int) and -ndim <= given < ndim and (_is_drawn(tape, node) or _is_mixed(tape, node)):
            return given % ndim
    if node.name == "__getitem__" and len(node.args) > 1:
        index = node.args[1]
        *whole, last = index if isinstance(index, tuple) and index else (index,)
        if isinstance(last, Ref) and all(part == slice(None) for part in whole) and len(tape.shape(last)) == 1:
            axis = len(whole)
            is_part = tape.shape(last)[0] < tape.shape(node.parents[0])[axis]
            return axis if is_part and is_random(tape, last, "randperm") else None
    if node.name == "index_select" and node.args[1:2] == (0,) and isinstance(node.args[-1], Ref):
        return 0 if is_random(tape, node.args[-1], "randperm") else None
    return None


def _filled(node: Node) -> int | None:
    """Where a ``pad_sequence`` puts its sequences."""
    return int(node.argument(1, "batch_first", default=False) is not True) if node.name == "pad_sequence" else None


def _is_drawn(tape: Tape, node: Node) -> bool:
    return node.collated and tape.is_shuffled


def _is_mixed(tape: Tape, node: Node) -> bool:
    """Whether the items of a stack were made alike, and stand in no order."""
    items = node.args[0] if node.args and isinstance(node.args[0], list | tuple) else ()
    makers = [tape.nodes[item.node] for item in items if isinstance(item, Ref)]
    if len(makers) < 3 or len(makers) != len(items) or len({maker.name for maker in makers}) != 1:
        return False
    if makers[0].name in ("unbind", "split", "chunk") and len({maker.index for maker in makers}) == 1:
        given = [value for value in makers[0].args[1:] if isinstance(value, int)]
        along = makers[0].kwargs.get("dim", given[-1] if len(given) > (makers[0].name != "unbind") else 0)
        return along == 0 and in_no_order([item.out for item in items])
    bases = {maker.parents[0] for maker in makers if maker.parents}
    if makers[0].name in ("__getitem__", "select", "narrow") and len(bases) == 1:
        indices = [maker.args[1:] for maker in makers]
        numbers = [_numbers(index) for index in indices]
        if all(number is not None for number in numbers):
            # Columns may be picked in any order; samples, and where windows begin, are counted along the first axis.
            return in_no_order([number[0] for number in numbers if number])
        drawn = [ref for maker in makers for ref in maker.parents[1:2]]
        return len(drawn) == len(makers) and all(is_random(tape, ref, *RANDOM) for ref in drawn)
    spots = [maker.spot for maker in makers]
    places = {(id(spot.code), spot.instruction) for spot in spots if spot is not None}
    return len(places) == 1 and None not in spots and in_no_order([maker.index for maker in makers])


def _numbers(index: Any) -> tuple[int, ...] | None:
    """The numbers at which an index begins, axis by axis."""
    if isinstance(index, tuple):
        found = [_numbers(part) for part in index]
        return None if any(part is None for part in found) else tuple(n for part in found if part for n in part)
    if isinstance(index, slice):
        return _numbers(index.start or 0)
    if index is Ellipsis:
        # What is cut behind the first axis are parts of each item, however they are picked.
        return (0,)
    if index is None:
        return ()
    return (index,) if isinstance(index, int) else None


def in_no_order(keys: Sequence[int]) -> bool:
    """Whether numbers come neither one behind the other nor backwards."""
    pairs = list(pairwise(keys))
    return any(one < other for one, other in pairs) and any(one > other for one, other in pairs)


def is_random(tape: Tape, ref: Ref, *names: str) -> bool:
    """Whether a tensor is one, or a part, of the random numbers that one of some functions drew."""
    through = CONVERTS | {"__getitem__", "split", "chunk", "unbind", "narrow", "view", "reshape", "add"}
    return any(node.name in names for _, node in backwards(tape, ref, through, _HOPS))


def turned(tape: Tape, node: Node, axis: int) -> int | None:
    """Where an axis is behind an operation that changes the places of axes; None if it is another operation."""
    ndim = len(node.shapes[0])
    if not ndim or len(tape.shape(node.parents[0])) != ndim:
        return None
    given = [value for value in node.args[1:] if not isinstance(value, Ref)]
    if len(given) == 1 and isinstance(given[0], tuple | list):
        given = list(given[0])
    if node.name in ("t", "T", "mT") and ndim == 2:
        return 1 - axis
    if node.name in ("mT", "adjoint") and ndim > 1:
        return axis if axis < ndim - 2 else 2 * ndim - 3 - axis
    numbers = [value % ndim for value in given if isinstance(value, int)]
    if node.name == "transpose" and len(numbers) == 2:
        return numbers[1 - numbers.index(axis)] if axis in numbers else axis
    if node.name == "permute" and sorted(numbers) == list(range(ndim)):
        return numbers.index(axis)
    return None
