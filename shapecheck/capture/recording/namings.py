"""Which names a script gives to the numbers of its classes: lists of names, and tables from names to numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from types import CodeType, FrameType, ModuleType

from torch import Tensor

from shapecheck.capture.kept import kept_by
from shapecheck.capture.recording.user_code import Spot, user_frames

# Around these a script goes from names to numbers, or back.
NAMES_BEFORE_OR_BEHIND = frozenset(["tensor", "as_tensor", "argmax", "max", "topk", "__setitem__"])
_FEWEST, _MOST = 3, 1000
_FRAMES, _ITEMS, _TRIES = 3, 200, 2

Names = tuple[str, ...]


class Namings:
    """What was seen: by the code and what it calls a list or a table, the names in the order of their numbers."""

    def __init__(self) -> None:
        self._tries: Counter[CodeType] = Counter()
        self._known: dict[tuple[CodeType, str], set[Names]] = {}

    def see(self, frame: FrameType | None) -> None:
        """Look at what the user's code around a frame can name.

        What is global stays as it is, and is looked at a few times; a function may be given other names each time.
        """
        for found in user_frames(frame, _FRAMES):
            held = [*found.f_locals.items()] if found.f_locals is not found.f_globals else []
            if self._tries[found.f_code] < _TRIES:
                self._tries[found.f_code] += 1
                held += [*found.f_globals.items()]
            for called, names in _in_reach(held[:_ITEMS]):
                self._known.setdefault((found.f_code, called), set()).add(names)

    def of(self, spot: Spot, called: str) -> Names | None:
        """The names by their numbers; None where it is nothing of the kind, or was not the same each time."""
        around: Spot | None = spot
        while around is not None:
            known = self._known.get((around.code, called))
            if known is not None:
                return next(iter(known)) if len(known) == 1 else None
            # What a comprehension reads, the function around it holds.
            around = around.caller if around.code.co_name.startswith("<") else None
        return None


def _in_reach(held: list[tuple[str, object]]) -> Iterator[tuple[str, Names]]:
    for called, value in held:
        names = _names_in(value)
        if names is not None:
            yield called, names
        elif not issubclass(type(value), type | ModuleType | Tensor):
            for attribute, item in [*kept_by(value).items()][:_ITEMS]:
                if (names := _names_in(item)) is not None:
                    yield f"{called}.{attribute}", names


def _names_in(value: object) -> Names | None:
    """The names in a list, or in a table to or from all the numbers from zero on."""
    items: list[object]
    if (type(value) is list or type(value) is tuple) and _FEWEST <= len(value) <= _MOST and type(value[0]) is str:
        items = [*value]
    elif type(value) is dict and _FEWEST <= len(value) <= _MOST:
        items = _by_number(value)
    else:
        return None
    is_named = bool(items) and all(type(item) is str for item in items)
    return tuple(map(str, items)) if is_named and len(set(items)) == len(items) else None


def _by_number(table: Mapping[object, object]) -> list[object]:
    if type(next(iter(table))) is not str:
        return [table.get(number) for number in range(len(table))]
    if any(type(number) is not int for number in table.values()):
        return []
    turned = {number: name for name, number in table.items()}
    return [turned.get(number) for number in range(len(table))]
