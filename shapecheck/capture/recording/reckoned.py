"""Sums that a script carries on from number to number of a plain list, seen as a tensor is made of them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType, ModuleType
from typing import Any

from torch import Tensor

from shapecheck.capture.kept import kept_by
from shapecheck.capture.recording.in_pieces import ROWS, Pieces, pieces_of
from shapecheck.capture.recording.user_code import user_frames

# Fewer numbers may fit by chance; of longer lists it is not asked.
_FEWEST, _MOST = 5, 4096
# So many of the user's frames are looked at, so much in an object, and an instruction so often where nothing fits.
_FRAMES, _ITEMS, _TRIES = 4, 64, 4
_WIDEST = 10
_EXACT, _SINGLE = 1e-9, 1e-5

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Flags:
    """A list of yes and no, one for each number.

    Args:
        name: What it is called last, as in ``self.name``.
        column: Which of the items of each of its entries it is; None where the entries are the flags.
        values: The flags.
    """

    name: str
    column: int | None
    values: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Reckoned:
    """Numbers of which each is one of a list, and a factor times the number beside it.

    Args:
        factor: The factor.
        is_reversed: Whether the list was read from its end on, and the first number is reckoned of its last one; else
            each is reckoned of the next one.
        is_certain: Whether the numbers say in which order they lie: they fit in the one only.
        is_of_past: Whether the list was read from its beginning on, and each number is reckoned of the one before.
        flags: The lists of flags beside it.
        values: The numbers.
        pieces: What holds the same list in several pieces, which lie in it one behind the other.
    """

    factor: float
    is_reversed: bool
    is_certain: bool
    flags: tuple[Flags, ...]
    values: Numbers
    is_of_past: bool = False
    pieces: tuple[Pieces, ...] = ()


class Reckonings:
    """Asks of lists that a script makes tensors of whether they are such sums."""

    def __init__(self) -> None:
        self._tries: Counter[tuple[CodeType, int]] = Counter()

    def of(self, frame: FrameType | None, given: object) -> Reckoned | None:
        """How a list was reckoned from another that the user's code holds; None if it was not.

        Args:
            frame: Where a tensor is made of it, or what is called from there.
            given: The list.
        """
        frames = [*user_frames(frame, _FRAMES)]
        if not frames or self._tries[(key := (frames[0].f_code, frames[0].f_lasti))] >= _TRIES:
            return None
        sums = _numbers(given)
        if sums is None:
            return None
        self._tries[key] += 1
        beside = {(name, column): values for name, column, values in _lists(frames, len(sums), given)}
        is_single = any(type(one) not in (int, float, bool) for one in given)  # type: ignore[attr-defined]
        error = _SINGLE if is_single else _EXACT
        pieces = [*pieces_of(_held(frames), len(sums))]
        for values in dict.fromkeys([*beside.values(), *(one.values for one in pieces)]):
            back = _factor(sums, values[::-1], is_reversed=True, error=error)
            forth = _factor(sums, values, is_reversed=False, error=error)
            factor = forth if back is None else back
            is_of_past = factor is None
            factor = _factor(sums, values, is_reversed=True, error=error) if is_of_past else factor
            if factor is None:
                continue
            del self._tries[key]
            flags = [
                Flags(name, column, tuple(map(bool, other)))
                for (name, column), other in beside.items()
                if other != values and {*other} == {0.0, 1.0}
            ]
            is_certain = (back is None or forth is None) and values != values[::-1]
            parts = tuple(one for one in pieces if one.values == values)
            return Reckoned(factor, back is not None, is_certain, tuple(flags), sums, is_of_past, parts)
        return None


def _numbers(value: object) -> Numbers | None:
    """The numbers of a list of nothing else, or of an array of one axis."""
    if type(value) not in ROWS and not (_is_array(value) and value.ndim == 1):  # type: ignore[attr-defined]
        return None
    try:
        count = len(value)  # type: ignore[arg-type]
        if not _FEWEST <= count <= _MOST:
            return None
        return tuple(map(_number, value))  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return None


def _is_array(value: object) -> bool:
    """Whether it is one of numpy's, be it of one number; anything else might compute something when it is asked."""
    return type(value).__module__.split(".")[0] == "numpy" and hasattr(value, "ndim")


def _number(value: object) -> float:
    if issubclass(type(value), bool | int | float):
        return float(value)  # type: ignore[arg-type]
    if not _is_array(value):
        raise TypeError("not a plain number")
    return float(value)  # type: ignore[arg-type]


def _lists(frames: Sequence[FrameType], count: int, but: object) -> Iterator[tuple[str, int | None, Numbers]]:
    """Lists of so many numbers that the user's code can name: its variables, and what hangs on these."""
    seen = {id(but)}
    for name, value in _held(frames):
        if id(value) in seen or not _has(value, count):
            continue
        seen.add(id(value))
        found = _numbers(value)
        if found is not None:
            yield name, None, found
        elif type(value) in (list, deque) and issubclass(type(value[0]), tuple | list):
            for column in range(min(len(value[0]), _WIDEST)):
                try:
                    yield name, column, tuple(_number(row[column]) for row in value)
                except (TypeError, ValueError, OverflowError, IndexError):
                    continue


def _held(frames: Sequence[FrameType]) -> Iterator[tuple[str, Any]]:
    """What the user's code can name: its variables, and what hangs on these."""
    for frame in frames:
        known = {name: frame.f_globals[name] for name in frame.f_code.co_names if name in frame.f_globals}
        held = [*frame.f_locals.items(), *known.items()][:_ITEMS]
        yield from held
        yield from (pair for _, owner in held for pair in _inside(owner))


def _has(value: object, count: int) -> bool:
    if type(value) in ROWS:
        return len(value) == count  # type: ignore[arg-type]
    return _is_array(value) and value.shape == (count,)  # type: ignore[attr-defined]


def _inside(value: object) -> Iterator[tuple[str, object]]:
    """What an object of the user's holds, or a dict."""
    if type(value) is dict:
        yield from ((name, item) for name, item in [*value.items()][:_ITEMS] if type(name) is str)
    elif not issubclass(type(value), type | ModuleType | Tensor):
        yield from [*kept_by(value).items()][:_ITEMS]


def _factor(sums: Numbers, values: Numbers, *, is_reversed: bool, error: float) -> float | None:
    """The one factor with which each sum is a value and the sum beside it."""
    count = len(sums)
    beside = (0.0, *sums[:-1]) if is_reversed else (*sums[1:], 0.0)
    inner = range(1, count) if is_reversed else range(count - 1)
    scale = max(map(abs, sums))
    told = [at for at in inner if abs(beside[at]) > 1e-3 * scale]
    if len(told) < _FEWEST - 1 or not scale < float("inf"):
        return None
    most = max(told, key=lambda at: abs(beside[at]))
    factor = (sums[most] - values[most]) / beside[most]
    is_all = all(abs(sums[at] - values[at] - factor * beside[at]) <= error * scale for at in inner)
    return factor if 0.05 < factor <= 1 + error and is_all else None
