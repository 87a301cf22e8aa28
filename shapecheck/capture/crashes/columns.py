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


def _of_rows(rows: Sequence[Any]) -> Iterator[tuple[str, torch.Tensor]]:
    """A list of numbers, or of tuples or dicts that hold one number each at the same place."""
    first = rows[0]
    if type(first) is int:
        keys: list[tuple[str, Any]] = [("", None)]
    elif type(first) is dict:
        keys = [(f"[{key!r}]", key) for key, item in first.items() if _is_number(item)]
    elif type(first) in (list, tuple) and len(first) <= MAX_FIELDS:
        keys = [(f"[{at}]", at) for at, item in enumerate(first) if _is_number(item)]
    else:
        return
    for text, key in keys:
        try:
            numbers = [row if key is None else row[key] for row in rows if key is None or type(row) is type(first)]
        except (KeyError, IndexError):
            continue
        if all(map(_is_number, numbers)):
            yield text, torch.tensor([int(number) for number in numbers])


def _is_number(item: Any) -> bool:
    if isinstance(item, torch.Tensor):
        return item.ndim == 0 and not item.is_floating_point() and not item.is_complex()
    return type(item) is int or isinstance(item, np.integer)
