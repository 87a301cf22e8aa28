"""The whole numbers that a data set keeps, column by column: what one batch of labels does not tell, all of them do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset

from shapecheck.capture.crashes.values import value_of
from shapecheck.evidence import Value

# So many rows are read; more would take time, and tell no more.
MAX_ROWS = 200_000
MAX_FIELDS = 40
MAX_DIGITS = 10


def columns_of(name: str, held: Any) -> Iterator[tuple[str, Value]]:
    """The columns of whole numbers of a loader's data set, or of a list; nothing of the user's code is run for it.

    Args:
        name: What the loader, the data set or the list is called.
        held: The loader, the data set or the list.
    """
    if type(held) is list:
        for key, numbers in _columns(held):
            yield f"{name}{key}", value_of(numbers, f"{name}{key}")
        return
    dataset = held.dataset if isinstance(held, DataLoader) else held
    for _ in range(4):
        inner = vars(dataset).get("dataset") if isinstance(dataset, Dataset) else None
        if inner is None:
            break
        dataset = inner
    if not isinstance(dataset, Dataset):
        return
    fields = vars(dataset)
    if isinstance(dataset, TensorDataset):
        fields = {f"tensors[{at}]": value for at, value in enumerate(dataset.tensors)}
    for field, value in list(fields.items())[:MAX_FIELDS]:
        for key, numbers in _columns(value):
            yield f"{name}.{field}{key}", value_of(numbers, f"{field}{key}")


def _columns(value: Any) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor) and not value.is_floating_point() and not value.is_complex():
        yield "", value
    elif isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        yield "", torch.as_tensor(value.astype(np.int64))
    elif type(value) in (list, tuple) and 1 < len(value) <= MAX_ROWS:
        yield from _of_rows(value)
    elif type(value) is dict and 1 < len(value) <= MAX_ROWS:
        # By the names of the samples.
        yield from _of_rows(list(value.values()))


def _of_rows(rows: Sequence[Any]) -> Iterator[tuple[str, torch.Tensor]]:
    """A list of numbers, or of tuples, dicts or objects that hold one number each at the same place."""
    first = rows[0]
    held = _fields(first)
    if _number(first) is not None:
        keys: list[tuple[str, Any]] = [("", None)]
    else:
        keys = [(text, key) for text, key in _keys(first, held) if _number(held[key]) is not None]
    for text, key in keys:
        try:
            numbers = [_number(row if key is None else _fields(row)[key]) for row in rows if _is_like(row, first)]
        except (KeyError, IndexError):
            continue
        known = [number for number in numbers if number is not None]
        if len(known) == len(numbers):
            yield text, torch.tensor(known)


def _is_like(row: Any, first: Any) -> bool:
    return type(row) is type(first) or _number(first) is not None


def _fields(row: Any) -> Any:
    """What a row holds, where it lies: no property is asked."""
    if isinstance(row, dict | list | tuple):
        return row
    try:
        return object.__getattribute__(row, "__dict__")
    except AttributeError:
        return ()


def _keys(first: Any, held: Any) -> list[tuple[str, Any]]:
    if len(held) > MAX_FIELDS:
        return []
    if not isinstance(held, dict):
        return [(f"[{at}]", at) for at in range(len(held))]
    is_row = held is first
    return [(f"[{key!r}]" if is_row else f".{key}", key) for key in held]


def _number(item: Any) -> int | None:
    """A whole number, also written in digits, as a file has it; None for anything else."""
    if isinstance(item, torch.Tensor):
        is_one = item.ndim == 0 and not item.is_floating_point() and not item.is_complex()
        return int(item) if is_one else None
    if type(item) is str:
        return int(item) if len(item) < MAX_DIGITS and item.isascii() and item.isdecimal() else None
    return int(item) if type(item) is int or isinstance(item, np.integer) else None
