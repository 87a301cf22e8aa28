"""Prices from a CSV file, with every row checked: a model trained on half-read data is wrong in silence."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shapecheck import DataError

DEFAULT_CSV = Path(__file__).parent / "data" / "msft_adj_close.csv"
# Exchanges close for a weekend, a long holiday, once for a week (September 2001). Longer means that rows are missing.
LONGEST_CLOSURE = timedelta(days=14)


@dataclass(frozen=True)
class Prices:
    """A series of prices, oldest first.

    Args:
        values: (num_days,), float64, in dollars.
        dates: The day of each price; empty if the file has no column ``date``, or one that is not ISO 8601.
        source: Where they come from, for people.

    Raises:
        DataError: A price is NaN or infinite, or the dates are out of order, doubled or have a hole.
    """

    values: NDArray[np.float64]
    dates: tuple[datetime, ...] = ()
    source: str = "the prices"

    def __post_init__(self) -> None:
        wrong = np.flatnonzero(~np.isfinite(self.values))
        if len(wrong):
            raise DataError(f"{self.source}: price {wrong[0]} (counted from 0) is {self.values[wrong[0]]}")
        _check_dates(self.dates, self.source)

    def __len__(self) -> int:
        return len(self.values)


def read_prices(path: Path | None = None, column: str = "price") -> Prices:
    """Read one column of a CSV file with a header line.

    Args:
        path: The file; None for the data that come along, Microsoft's daily close from 2000 to 2013.
        column: Name of the column.

    Raises:
        DataError: The file or the column is missing, or a row has something else than a finite number.

    >>> len(read_prices())
    3270
    """
    path = DEFAULT_CSV if path is None else Path(path)
    lines = _read_rows(path)
    if not lines:
        raise DataError(f"{path} is empty: expected a header line and one row a day")
    (_, header), rows = lines[0], lines[1:]
    at = _find_column(header, column, path)
    if not rows:
        raise DataError(f"{path} has a header line but no rows")
    values = np.array([_price(row, at, len(header), f"line {line} of {path}", column) for line, row in rows])
    return Prices(values, _dates(header, [row for _, row in rows]), str(path))


def _read_rows(path: Path) -> list[tuple[int, list[str]]]:
    """Line number and cells of each row; blank lines at the end do not count, those between rows do."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            rows = [(reader.line_num, row) for row in reader]
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text: byte {error.start} is 0x{error.object[error.start]:02x}") from None
    except (OSError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as CSV: {error}") from None
    while rows and not any(cell.strip() for cell in rows[-1][1]):
        rows.pop()
    return rows


def _find_column(header: list[str], column: str, path: Path) -> int:
    names = [name.strip() for name in header]
    if column in names:
        return names.index(column)
    by_small_letters = {name.lower(): name for name in reversed(names)}
    close = get_close_matches(column.lower(), list(by_small_letters), n=1)
    hint = f"; did you mean {by_small_letters[close[0]]!r}?" if close else ""
    if any(_is_number(name) for name in names):
        hint = "; its first line looks like data: does the file lack a header line?"
    raise DataError(f"{path} has no column {column!r}, only {', '.join(map(repr, names))}{hint}")


def _price(row: list[str], at: int, width: int, where: str, column: str) -> float:
    if len(row) > width:
        raise DataError(f"{where} has {len(row)} cells where the header has {width}: a comma inside a number?")
    text = row[at].strip() if at < len(row) else ""
    if not text:
        raise DataError(f"{where} has no {column}: fill the gap or drop the row; a window must not skip over it")
    if not _is_number(text):
        raise DataError(f"{where}: expected a number as {column}, got {text!r}")
    price = float(text)
    if not math.isfinite(price):
        raise DataError(f"{where}: expected a finite {column}, got {text}")
    return price


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _dates(header: list[str], rows: Sequence[list[str]]) -> tuple[datetime, ...]:
    names = [name.strip().lower() for name in header]
    if "date" not in names:
        return ()
    at = names.index("date")
    try:
        return tuple(datetime.fromisoformat(row[at].strip()).replace(tzinfo=None) for row in rows)
    except (ValueError, IndexError):
        return ()


def _check_dates(dates: Sequence[datetime], source: str) -> None:
    steps = [after - before for before, after in pairwise(dates)]
    if not steps:
        return
    if all(step < timedelta(0) for step in steps):
        raise DataError(f"{source} has its newest row first: sort it by date, oldest first")
    daily = sorted(steps)[len(steps) // 2] == timedelta(days=1)
    for (before, after), step in zip(pairwise(dates), steps, strict=True):
        if step <= timedelta(0):
            problem = "twice" if step == timedelta(0) else f"after {before:%Y-%m-%d}: sort it by date, oldest first"
            raise DataError(f"{source} has {after:%Y-%m-%d} {problem}")
        if daily and step > LONGEST_CLOSURE:
            raise DataError(
                f"{source} has a gap: nothing between {before:%Y-%m-%d} and {after:%Y-%m-%d} ({step.days} days); "
                "a window must not skip over it. Use one side of it, or drop the column of dates if it is right"
            )
