"""Numbers that a script also holds piece by piece, such as the rewards of each episode, which it put into one list."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# Of one piece, or of pieces of single numbers, nothing runs on over an end.
_FEWEST, _SHORTEST = 2, 2
# Those of Python's own kinds: to go through another may run the script's code.
ROWS = (list, tuple, deque)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Lists of numbers that lie one behind the other in a longer one.

    Args:
        name: What holds them is called.
        values: The numbers of all of them.
        lengths: How many each of them has.
        is_table: Whether they are the rows of a table, and not lists of their own.
    """

    name: str
    values: tuple[float, ...]
    lengths: tuple[int, ...]
    is_table: bool

    @property
    def starts(self) -> Iterator[int]:
        """Where each of them begins, but for the first."""
        at = 0
        for length in self.lengths[:-1]:
            at += length
            yield at


def pieces_of(held: Iterable[tuple[str, object]], count: int) -> Iterator[Pieces]:
    """What a script holds of as many numbers in several pieces.

    Args:
        held: Values of the script, each with its name.
        count: How many numbers there are in all.
    """
    for name, value in held:
        rows = _rows(value, count)
        if rows is None or len(rows) < _FEWEST or sum(map(len, rows)) != count:
            continue
        numbers = tuple(number for row in rows for number in row)
        if min(map(len, rows)) >= _SHORTEST and len({*numbers}) > 1:
            yield Pieces(name, numbers, tuple(map(len, rows)), type(value) not in (dict, *ROWS))


def _rows(value: object, count: int) -> list[list[float]] | None:
    """The numbers of each row, or of each of several lists; None for anything else."""
    if issubclass(type(value), Tensor):
        return _of_tensor(value, count) if type(value) is Tensor else None
    if _is_table(value):
        table: Any = value
        return _as_numbers(table.tolist()) if table.size == count and table.dtype.kind in "fiub" else None
    parts = [*value.values()] if type(value) is dict else value
    if type(parts) not in ROWS or not _FEWEST <= len(parts) <= count:  # type: ignore[arg-type]
        return None
    return _as_numbers(parts)  # type: ignore[arg-type]


def _of_tensor(value: Tensor, count: int) -> list[list[float]] | None:
    with torch._C.DisableTorchFunction():
        is_table = value.layout == torch.strided and value.ndim == 2 and value.numel() == count
        if not is_table or value.requires_grad or value.is_complex() or value.device.type != "cpu":
            return None
        return _as_numbers(value.tolist())


def _is_table(value: object) -> bool:
    kind = type(value)
    return kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.ndim == 2  # type: ignore[attr-defined]


def _as_numbers(parts: Iterable[object]) -> list[list[float]] | None:
    found: list[list[float]] = []
    for part in parts:
        items: Any = part.tolist() if type(part).__module__ == "numpy" and hasattr(part, "tolist") else part
        if type(items) not in ROWS or not all(type(item) in (int, float, bool) for item in items):
            return None
        try:
            found.append([float(item) for item in items])
        except OverflowError:
            # A whole number may be larger than any float.
            return None
    return found
