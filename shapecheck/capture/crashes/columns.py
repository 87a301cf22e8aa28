"""The whole numbers that a data set keeps, column by column: what one batch of labels does not tell, all of them do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, TensorDataset

from shapecheck.capture.crashes.values import value_of
from shapecheck.capture.kept import kept_by
from shapecheck.evidence import Value

# So many rows are read; more would take time, and tell no more.
MAX_ROWS = 200_000
MAX_FIELDS = 40
MAX_DIGITS = 10
# A loader for each part of the data.
MAX_PARTS = 8


def columns_of(name: str, held: Any) -> Iterator[tuple[str, Value]]:
    """The columns of whole numbers of a loader's data set, or of a list; nothing of the user's code is run for it.

    Also of those that a dict or an object holds, and of the tensors of a dict.

    Args:
        name: What the loader, the data set or the list is called.
        held: The loader, the data set or the list, or what holds it.
    """
    if type(held) is list:
        for key, numbers in _columns(held):
            yield f"{name}{key}", value_of(numbers, f"{name}{key}")
    elif isinstance(held, DataLoader | Dataset):
        for field, numbers in _of_data_set(held.dataset if isinstance(held, DataLoader) else held):
            yield f"{name}{field}", value_of(numbers, f"{name}{field}".rpartition(".")[2])
    elif not isinstance(held, torch.Tensor | np.ndarray | type):
        for part, item in _parts(name, held):
            if isinstance(item, DataLoader | Dataset):
                yield from columns_of(part, item)
            else:
                for key, numbers in _columns(item):
                    yield f"{part}{key}", value_of(numbers, f"{part}{key}")


def _parts(name: str, held: Any) -> Iterator[tuple[str, Any]]:
    """The loaders and data sets that a dict or an object holds, and the tensors of a dict."""
    if type(held) is dict:
        for key, item in list(held.items())[:MAX_PARTS]:
            if isinstance(item, DataLoader | Dataset | torch.Tensor | np.ndarray):
                yield f"{name}[{key!r}]", item
        return
    kept = _fields(held)
    for key, item in list(kept.items())[:MAX_FIELDS] if type(kept) is dict and not isinstance(held, ModuleType) else ():
        if isinstance(item, DataLoader | Dataset):
            yield f"{name}.{key}", item


def _of_data_set(dataset: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """The columns of a data set, behind what takes a part of it; of several put together, what each of them has."""
    for _ in range(4):
        inner = vars(dataset).get("dataset") if isinstance(dataset, Dataset) else None
        if inner is None:
            break
        dataset = inner
    if type(dataset) is list:
        yield from _columns(dataset)
        return
    if not isinstance(dataset, Dataset):
        return
    if isinstance(dataset, ConcatDataset):
        parts = [dict(_of_data_set(part)) for part in dataset.datasets[:MAX_PARTS]]
        for key in parts[0] if len(parts) == len(dataset.datasets) else ():
            found = [part[key].flatten() for part in parts if key in part]
            if len(found) == len(parts):
                yield key, torch.cat(found)
        return
    fields = vars(dataset)
    if isinstance(dataset, TensorDataset):
        fields = {f"tensors[{at}]": value for at, value in enumerate(dataset.tensors)}
    for field, value in list(fields.items())[:MAX_FIELDS]:
        for key, numbers in _columns(value):
            yield f".{field}{key}", numbers


def _columns(value: Any) -> Iterator[tuple[str, torch.Tensor]]:
    if isinstance(value, torch.Tensor) and not value.is_floating_point() and not value.is_complex():
        yield "", value
    elif isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        yield "", torch.as_tensor(value.astype(np.int64))
    elif isinstance(value, torch.Tensor | np.ndarray):
        yield from _whole_columns(value)
    elif type(value) in (list, tuple) and 1 < len(value) <= MAX_ROWS:
        yield from _of_rows(value)
    elif type(value) is dict and _is_table(value):
        for key, column in value.items():
            yield from ((f"[{key!r}]{text}", numbers) for text, numbers in _columns(column))
    elif type(value) is dict and 1 < len(value) <= MAX_ROWS:
        # By the names of the samples.
        yield from _of_rows(list(value.values()))


def _whole_columns(value: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """A column of floats that are whole numbers, as a table has them that was read from a file: alone, or at an end."""
    is_float = value.is_floating_point() if isinstance(value, torch.Tensor) else value.dtype.kind == "f"
    if not is_float or value.ndim not in (1, 2) or not 1 < len(value) <= MAX_ROWS:
        return
    ends = [("[:, 0]", 0), ("[:, -1]", -1)] if value.ndim == 2 and value.shape[1] > 1 else [("", None)]
    for text, at in ends:
        column = torch.as_tensor(value if at is None else value[:, at]).detach().flatten()
        if bool(column.isfinite().all()) and bool((column == column.round()).all()):
            yield text, column.long()


def _is_table(value: dict[Any, Any]) -> bool:
    """Whether a dict holds columns by their names, each as long as the others, and not samples by theirs."""
    kinds = (list, tuple, torch.Tensor, np.ndarray)
    if not 0 < len(value) <= MAX_FIELDS or not all(isinstance(each, kinds) for each in value.values()):
        return False
    lengths = {each.shape[0] if hasattr(each, "shape") and each.ndim else len(each) for each in value.values()}
    return len(lengths) == 1 and len(value) < lengths.pop()


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
    return row if issubclass(type(row), dict | list | tuple) else kept_by(row)


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
