"""Which item of a batch each row of a tensor holds, where a script's own collate function put it together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

# More items than this would cost time, and fewer tell nothing.
_MOST = 2048
_DEPTH = 3


def places(parts: Any, items: Sequence[Any]) -> tuple[int, ...] | None:
    """For each of the tensors that were put together the item that it is a part of; None where that is not certain."""
    if not isinstance(parts, list | tuple) or len(parts) != len(items) or not 1 < len(items) <= _MOST:
        return None
    if not all(isinstance(part, Tensor) for part in parts):
        return None
    holders: dict[int, set[int]] = {}
    for at, item in enumerate(items):
        for _, leaf in _leaves(item):
            holders.setdefault(id(leaf), set()).add(at)
    found = [holders.get(id(part), set()) for part in parts]
    if all(len(places) == 1 for places in found):
        rows = [at for places in found for at in places]
        return tuple(rows) if len(set(rows)) == len(rows) else None
    return _by_content(parts, items)


def numbers(result: Tensor, items: Sequence[Any]) -> tuple[tuple[float, ...], ...]:
    """The numbers of the items, one for each, that stand in a tensor in the order of the items."""
    if result.ndim != 1 or len(result) != len(items) or not 1 < len(items) <= _MOST or result.is_meta:
        return ()
    slots: dict[tuple[Any, ...], list[float]] = {}
    for item in items:
        for slot, leaf in _leaves(item):
            if isinstance(leaf, int | float):
                slots.setdefault(slot, []).append(float(leaf))
    whole = [values for values in slots.values() if len(values) == len(items)]
    here = result.detach().cpu()
    return tuple(tuple(values) for values in whole if torch.equal(torch.tensor(values).to(here.dtype), here))


def _by_content(parts: Sequence[Tensor], items: Sequence[Any]) -> tuple[int, ...] | None:
    """The same for tensors that were made of lists of numbers, if no two items hold the same."""
    held: dict[tuple[float, ...], set[int]] = {}
    for at, item in enumerate(items):
        for _, leaf in _leaves(item):
            if isinstance(leaf, list | tuple):
                held.setdefault(tuple(leaf), set()).add(at)
    found = [held.get(tuple(part.tolist()), set()) if part.ndim == 1 else set() for part in parts]
    rows = [at for places in found if len(places) == 1 for at in places]
    return tuple(rows) if len(set(rows)) == len(parts) else None


def _leaves(item: Any, slot: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The tensors, numbers and lists of numbers in an item, with where they stand in it."""
    inner = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list | tuple) else ()
    if (
        isinstance(item, list | tuple) and slot and all(isinstance(value, int | float) for value in item)
    ) or isinstance(item, Tensor | int | float):
        yield slot, item
    elif len(slot) < _DEPTH:
        for key, value in inner:
            yield from _leaves(value, (*slot, key))


__all__ = ["numbers", "places"]
