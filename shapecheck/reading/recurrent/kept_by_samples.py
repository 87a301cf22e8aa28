"""A state that is kept with its samples first, since it is cut together with the samples before a layer gets it."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.evidence import Argument, Evidence, Value
from shapecheck.reading.failing import Shape, failed, shape
from shapecheck.reading.mismatches import sizes_of


def is_kept_by_samples(evidence: Evidence, item: Argument) -> bool:
    """Whether a caller holds a longer state and a longer input, of which the layer got the same share of rows.

    What turns the state where it is made would let its layers be cut in the place of its samples.

    Args:
        evidence: The problem.
        item: A state whose samples lie in front.
    """
    state, given = sizes_of(item), shape(failed(evidence), "input")
    if given is None or len(state) != 3 or len(given) != 3 or state[0] != given[0]:
        return False
    held = set(_shapes(evidence.held_anywhere))
    longer = {each[0] for each in held if each[1:] == state[1:] and each[0] > state[0]}
    return any((rows, *given[1:]) in held for rows in longer)


def _shapes(values: tuple[Value, ...]) -> Iterator[Shape]:
    for value in values:
        yield from _shapes(value.items)
        if value.record is not None and len(value.record.shape) == 3:
            yield value.record.shape
