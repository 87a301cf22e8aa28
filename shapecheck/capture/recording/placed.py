"""Which item of a batch each row of a tensor holds, where a script's own collate function put it together."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

# More items than this would cost time, and fewer tell nothing; so do more numbers, where they are compared.
_MOST = 2048
_MOST_NUMBERS = 1 << 20
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


def told(items: Sequence[Any]) -> tuple[tuple[float, ...], ...]:
    """The numbers that all items hold at one place, such as their labels, in the order of the items."""
    if not 1 < len(items) <= _MOST:
        return ()
    slots: dict[tuple[Any, ...], list[float]] = {}
    for item in items:
        for slot, leaf in _leaves(item):
            if _is_number(leaf):
                slots.setdefault(slot, []).append(float(leaf))
    return tuple(tuple(values) for values in slots.values() if len(values) == len(items))


def _by_content(parts: Sequence[Tensor], items: Sequence[Any]) -> tuple[int, ...] | None:
    """The same for tensors that were made of lists or arrays of numbers, if no two items hold the same."""
    if sum(part.numel() for part in parts) > _MOST_NUMBERS or any(part.is_meta or not part.ndim for part in parts):
        return None
    sizes = {len(part) for part in parts}
    held: dict[Hashable, set[int]] = {}
    for at, item in enumerate(items):
        for _, leaf in _leaves(item):
            if not _is_number(leaf) and _size(leaf) in sizes:
                held.setdefault(_content(leaf), set()).add(at)
    found = [held.get(_content(part), set()) for part in parts]
    rows = [at for places in found if len(places) == 1 for at in places]
    return tuple(rows) if len(set(rows)) == len(parts) else None


def _content(value: Any) -> Hashable:
    """What two tensors, lists or arrays have in common that hold the same numbers."""
    if isinstance(value, Tensor) and (value.is_meta or value.layout != torch.strided):
        return None
    try:
        table = torch.as_tensor(value).detach().float().cpu()
    except (TypeError, ValueError, RuntimeError):
        return None
    if table.numel() > _MOST_NUMBERS:
        return None
    return tuple(table.shape), table.numpy().tobytes()


def _size(value: Any) -> int:
    return 0 if getattr(value, "shape", None) == () else len(value)


def _is_number(value: Any) -> bool:
    """Whether it is one number, be it numpy's or in a tensor."""
    if issubclass(type(value), Tensor):
        return bool(value.ndim == 0 and not value.is_meta and not value.is_complex())
    return issubclass(type(value), int | float) or (
        _is_of_numpy(value) and value.shape == () and value.dtype.kind in "biuf"
    )


def _is_of_numpy(value: Any) -> bool:
    return type(value).__module__ == "numpy" and hasattr(value, "dtype") and hasattr(value, "shape")


def _leaves(item: Any, slot: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The tensors, numbers, arrays and lists of numbers in an item, with where they stand in it."""
    kind = type(item)
    if issubclass(kind, Tensor | int | float) or _is_of_numpy(item) or (slot and _is_table(item)):
        yield slot, item
    elif len(slot) < _DEPTH:
        inner = item.items() if issubclass(kind, dict) else enumerate(item) if issubclass(kind, list | tuple) else ()
        for key, value in inner:
            yield from _leaves(value, (*slot, key))


def _is_table(item: Any) -> bool:
    """Whether it is a list of numbers, or of rows of numbers of one length."""
    if not issubclass(type(item), list | tuple):
        return False
    if all(issubclass(type(value), int | float) for value in item):
        return True
    rows = [row for row in item if issubclass(type(row), list | tuple)]
    if len(rows) != len(item) or not all(issubclass(type(one), int | float) for row in rows for one in row):
        return False
    return len({len(row) for row in rows}) == 1
