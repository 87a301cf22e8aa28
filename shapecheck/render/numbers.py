"""How the numbers of a trace come about: ``224 = batch_size 32 * seq_length 7``."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shapecheck.render.changes import SizedAxis
from shapecheck.render.words import place

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


@dataclass(frozen=True, slots=True)
class Sighting:
    """An axis, and where it was seen: in which forward, at which place."""

    axis: SizedAxis
    forward: int
    module: str
    role: str


def numbers(sightings: Iterable[Sighting], sizes: Mapping[str, int]) -> tuple[Number, ...]:
    """Explain every size once: plain dims in order of appearance, then products.

    Args:
        sightings: Every axis of every tensor, in order.
        sizes: Sizes of dims that may occur as a factor only.
    """
    seen = [sighting for sighting in sightings if sighting.axis.factors]
    plain = [
        sighting for sighting in seen if not sighting.axis.is_joined and sighting.axis.dim in sighting.axis.factors
    ]
    by_forward: dict[int, dict[str, int]] = {}
    for sighting in plain:
        by_forward.setdefault(sighting.forward, {}).setdefault(sighting.axis.dim, sighting.axis.size)
    found = [_plain(dim, plain) for dim in dict.fromkeys(sighting.axis.dim for sighting in plain)]
    products: dict[tuple[int, str], Number] = {}
    factors: dict[str, int] = {}
    for sighting in seen:
        if sighting not in plain:
            known = {**sizes, **by_forward.get(sighting.forward, {})}
            solved = _factors(sighting.axis, known)
            factors.update({dim: size for dim, size in solved.items() if not any(dim == s.axis.dim for s in plain)})
            formula = " * ".join(_factor(factor, solved) for factor in sighting.axis.dim.split("*"))
            number = Number((sighting.axis.size,), formula, MEANINGS.get(sighting.axis.dim, ""))
            products.setdefault((sighting.axis.size, formula), number)
    hidden = [Number((size,), dim, MEANINGS.get(dim, "")) for dim, size in factors.items()]
    return (*found, *hidden, *products.values())


def _plain(dim: str, plain: Iterable[Sighting]) -> Number:
    mine = [sighting for sighting in plain if sighting.axis.dim == dim]
    first = mine[0]
    sizes = tuple(dict.fromkeys(sighting.axis.size for sighting in mine))
    return Number(sizes, dim, MEANINGS.get(dim) or f"first seen at {place(first.module, first.role)}")


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
