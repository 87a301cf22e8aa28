"""Which operand of an operation has another size than the rest along one axis, and which size it must have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.compared.mask_sizes import wanted_of_mask
from shapecheck.reading.failing import attention_called, axis_told, failed, operand, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, sizes_of

_MASKS = ("attn_mask", "src_mask", "tgt_mask", "mask")
_QUERIES = {"src_mask": "src", "tgt_mask": "tgt"}


@dataclass(frozen=True, slots=True)
class Apart:
    """An operand whose size is not that of another one where the two must be the same.

    Args:
        item: The operand.
        other: The one that it must go with.
        axis: The axis of the other one.
        have: The size of the operand there.
        want: That of the other one.
        is_square: Whether the operand has this size along two axes, as a mask of queries and keys.
    """

    item: Argument
    other: Argument
    axis: int
    have: int
    want: int
    is_square: bool = False


def sizes_apart(evidence: Evidence) -> Iterator[Apart]:
    """Each operand that differs from the others along a single axis, beside each of those that agree on it."""
    called = attention_called(evidence)
    if called is not None:
        yield from _of_mask(evidence, called)
        return
    operation = failed(evidence, *ELEMENTWISE, *JOINS, "stack")
    items = [each for each in tensors(operation) if sizes_of(each)]
    if operation is None or len(items) < 2:
        return
    along = axis_told(operation)
    is_join = operation.name.rpartition(".")[2] in JOINS
    is_spread = operation.name.rpartition(".")[2] in ELEMENTWISE
    for item in items:
        sizes = sizes_of(item)
        free = {along % len(sizes)} if is_join else set[int]()
        for other in items:
            wanted = sizes_of(other)
            if other is item or (len(wanted) < len(sizes) if is_spread else len(wanted) != len(sizes)):
                continue
            more = len(wanted) - len(sizes)
            pairs = [(at, have, wanted[at + more]) for at, have in enumerate(sizes) if at not in free]
            apart = [each for each in pairs if each[1] != each[2] and not (is_spread and 1 in each[1:])]
            if len(apart) == 1 and _is_odd(items, apart[0], is_spread=is_spread):
                at, have, want = apart[0]
                yield Apart(item, other, at + more, have, want)


def _is_odd(items: list[Argument], apart: tuple[int, int, int], *, is_spread: bool) -> bool:
    """Whether of three operands or more most have the size that one lacks."""
    at, have, want = apart
    every = [sizes_of(each)[at] for each in items] if not is_spread and len(items) > 2 else []
    return not every or every.count(want) > every.count(have)


def _of_mask(evidence: Evidence, called: Operation) -> Iterator[Apart]:
    wanted = wanted_of_mask(evidence)
    for role in _MASKS if wanted is not None and wanted[0] == wanted[1] else ():
        mask = operand(called, role)
        query = operand(called, _QUERIES.get(role, "query")) or operand(called, "query", "tgt", "src")
        sizes = sizes_of(mask)
        if mask is None or query is None or wanted is None or len(sizes) != 2 or sizes[0] != sizes[1] != wanted[0]:
            continue
        axes = [at for at, size in enumerate(sizes_of(query)[:-1]) if size == wanted[0]]
        if len(axes) == 1 and sizes[0] != wanted[0]:
            yield Apart(mask, query, axes[0], sizes[0], wanted[0], is_square=True)
