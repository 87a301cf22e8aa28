"""One colour and one letter for every dim, the same in every picture; never the colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, count
from types import MappingProxyType

# The colours of Okabe and Ito, and of Tol's "muted" set: people who confuse red and green can tell them apart.
# Reds are left out, since red marks what failed.
_KNOWN = {
    "batch_size": ("#56b4e9", "B"),
    "seq_length": ("#e69f00", "S"),
    "num_features": ("#f0e442", "F"),
    "hidden_size": ("#009e73", "H"),
    "num_layers": ("#cc79a7", "L"),
    "num_directions": ("#999933", "D"),
    "out_size": ("#0072b2", "O"),
    "num_classes": ("#332288", "C"),
    "embedding_dim": ("#ddcc77", "E"),
    "proj_size": ("#44aa99", "P"),
    "steps": ("#b07000", "T"),
}
_OTHERS = ("#88ccee", "#aa4499", "#bbbb44", "#117733", "#8888dd", "#c0a080", "#44aa99", "#777777")
_UNKNOWN = ("#bbbbbb", "?")


@dataclass(frozen=True, slots=True)
class Ink:
    """How one dim is drawn.

    Args:
        colour: Of its chip.
        letter: On its chip; no other dim of the picture has it.
        text: Black or white, whichever is easier to read on the colour.
    """

    colour: str
    letter: str
    text: str


def inks(dims: Iterable[str]) -> Mapping[str, Ink]:
    """Give every dim its ink; ``""`` is an axis that nobody knows.

    >>> inks(["batch_size", "width", "bins"])["bins"].letter
    'BI'
    """
    found = {"": _ink(*_UNKNOWN)}
    others = [dim for dim in dict.fromkeys(dims) if dim and dim not in _KNOWN]
    for dim in dict.fromkeys(dims):
        if dim in _KNOWN:
            found[dim] = _ink(*_KNOWN[dim])
    for at, dim in enumerate(others):
        taken = {ink.letter for ink in found.values()}
        found[dim] = _ink(_OTHERS[at % len(_OTHERS)], _letter(dim, taken))
    return MappingProxyType(found)


def _letter(dim: str, taken: set[str]) -> str:
    """The first letter, or the first two, or a number, whatever is free."""
    name = "".join(character for character in dim.removeprefix("num_") if character.isalnum()).upper() or "X"
    tries = chain(
        [name[0], name[:2]], (f"{name[0]}{other}" for other in name[2:]), (f"{name[0]}{at}" for at in count(2))
    )
    return next(letter for letter in tries if letter not in taken)


def _ink(colour: str, letter: str) -> Ink:
    return Ink(colour, letter, "#000000" if _luminance(colour) > 0.18 else "#ffffff")


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
