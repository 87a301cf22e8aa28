"""How the numbers of a trace come about: ``224 = batch_size 32 * seq_length 7``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shapecheck.render.changes import SizedAxis
from shapecheck.render.words import place

_FEW = 3

MEANINGS: Mapping[str, str] = {
    "batch_size": "samples that are worked on at once",
    "seq_length": "steps of each sequence",
    "num_features": "numbers that describe one step",
    "embedding_dim": "numbers that stand for one token",
    "hidden_size": "numbers in which a recurrent layer keeps what it has read",
    "proj_size": "numbers to which the hidden state is projected",
    "num_layers": "recurrent layers, one above the other",
    "num_directions": "reading directions: forward, or forward and backward",
    "out_size": "numbers that the model predicts",
    "num_classes": "classes, one score each",
    "in_channels": "numbers that describe one place of the input",
    "out_channels": "numbers that a convolution makes of each place",
    "channels": "numbers that describe one place",
    "d_model": "numbers that describe one step",
    "embed_dim": "numbers that describe one step",
    "source_length": "steps that attention looks at",
    "steps": "real steps of all sequences together, without padding",
    "batch_size*seq_length": "rows: one for every step of every sample; this is not batch_size",
    "num_layers*num_directions": "states: one for every layer and direction",
    "num_directions*num_layers": "states: one for every layer and direction",
    "num_directions*hidden_size": "both directions side by side",
}


@dataclass(frozen=True, slots=True)
class Number:
    """A size that occurs, and where it comes from.

    Args:
        sizes: The size; several if it differed between forwards.
        formula: What it is: ``"seq_length"``, ``"batch_size 32 * seq_length 7"``.
        meaning: What that is in a few words, or where it was first seen.
    """

    sizes: tuple[int, ...]
    formula: str
    meaning: str = ""

    @property
    def sizes_shown(self) -> str:
        """The sizes in a few characters."""
        return series(self.sizes)


@dataclass(frozen=True, slots=True)
class Sighting:
    """An axis, and where it was seen: in which forward, at which place."""

    axis: SizedAxis
    forward: int
    module: str
    role: str


def series(sizes: Sequence[int]) -> str:
    """Sizes one by one where there are a few, otherwise from where to where they go.

    >>> series((7,)), series((9, 7, 8)), series((9, 7, 8, 11))
    ('7', '9, 7, 8', '7 to 11')
    """
    found = tuple(dict.fromkeys(sizes))
    return ", ".join(map(str, found)) if len(found) <= _FEW else f"{min(found)} to {max(found)}"


def numbers(sightings: Iterable[Sighting], sizes: Mapping[str, int]) -> tuple[Number, ...]:
    """Explain every size once: plain dims in order of appearance, then products.

    Args:
        sightings: Every axis of every tensor, in order.
        sizes: Sizes of dims that may occur as a factor only.
    """
    plain: dict[str, list[Sighting]] = {}
    joined: list[Sighting] = []
    by_forward: dict[int, dict[str, int]] = {}
    for sighting in sightings:
        axis = sighting.axis
        if axis.factors == (axis.dim,):
            plain.setdefault(axis.dim, []).append(sighting)
            by_forward.setdefault(sighting.forward, {}).setdefault(axis.dim, axis.size)
        elif axis.factors:
            joined.append(sighting)
    products: dict[tuple[int, str], Number] = {}
    hidden: dict[str, Number] = {}
    for sighting in joined:
        axis = sighting.axis
        solved = _factors(axis, {**sizes, **by_forward.get(sighting.forward, {})})
        for dim in solved.keys() - plain.keys():
            hidden[dim] = Number((solved[dim],), dim, MEANINGS.get(dim, ""))
        formula = " * ".join(_factor(factor, solved) for factor in axis.dim.split("*"))
        products.setdefault((axis.size, formula), Number((axis.size,), formula, MEANINGS.get(axis.dim, "")))
    return (*map(_plain, plain.values()), *(hidden[dim] for dim in sorted(hidden)), *products.values())


def _plain(mine: list[Sighting]) -> Number:
    first = mine[0]
    sizes = tuple(dict.fromkeys(sighting.axis.size for sighting in mine))
    meaning = MEANINGS.get(first.axis.dim) or f"first seen at {place(first.module, first.role)}"
    return Number(sizes, first.axis.dim, meaning)


def _factors(axis: SizedAxis, known: Mapping[str, int]) -> dict[str, int]:
    """The sizes of the factors, if they make up the size of the axis; a single unknown one is solved."""
    solved = {dim: known[dim] for dim in axis.factors if dim in known}
    fixed = math.prod(int(factor) for factor in axis.dim.split("*") if factor.isdecimal())
    unknown = [dim for dim in axis.factors if dim not in solved]
    rest = fixed * math.prod(solved.values())
    if len(unknown) == 1 and rest and axis.size % rest == 0:
        solved[unknown[0]] = axis.size // rest
        return solved
    return solved if not unknown and rest == axis.size else {}


def _factor(factor: str, solved: Mapping[str, int]) -> str:
    return f"{factor} {solved[factor]}" if factor in solved else factor
