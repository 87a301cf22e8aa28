"""A view whose sizes do not go together, of which one was asked of a tensor: ``state.view(2, x.size(1), -1)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import size_asked
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.running import held_around
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.sources import found_at


@dataclass(frozen=True, slots=True)
class ViewAsked:
    """One size of a view that was asked of a tensor.

    Args:
        item: What is viewed.
        place: ``x.size(1)``, where it stands.
        base: ``x``.
        axis: Which axis was asked, counted from the front.
        shape: The shape of ``x``.
        others: The other sizes that the view was told.
        at: How many of them stand in front of it.
    """

    item: Argument
    place: Span
    base: str
    axis: int
    shape: tuple[int, ...]
    others: tuple[int, ...]
    at: int

    def goes_with(self, size: int, viewed: tuple[int, ...]) -> bool:
        """Whether a tensor could be viewed so, if another size had been asked."""
        told, total = prod(each for each in self.others if each != -1) * size, prod(viewed)
        return told > 0 and (total % told == 0 if -1 in self.others else total == told)

    def keeps(self, size: int, viewed: tuple[int, ...]) -> bool:
        """Whether the axis of that size would stay an axis of its own: else its items would be mixed with others."""
        told = prod(each for each in self.others if each != -1) * size
        front = prod(each if each != -1 else prod(viewed) // max(told, 1) for each in self.others[: self.at])
        return any(long == size and prod(viewed[:axis]) == front for axis, long in enumerate(viewed))


def views_asked(evidence: Evidence) -> Iterator[ViewAsked]:
    """The sizes of a view that failed which were asked of a tensor, directly or under a name."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input") if operation is not None else None
    if operation is None or item is None or not says(evidence, r"invalid for input of size"):
        return
    written = asked_sizes(operation)
    numbers = [number_of(each) for each in written]
    known = [size for size in numbers if size is not None]
    for at, each in enumerate(written) if len(known) == len(numbers) else ():
        for span in spans_of(evidence, each.span)[:2]:
            asked, (source, node) = size_asked(expression(span.text)), found_at(span)
            base = ast.unparse(asked[0]) if asked is not None else ""
            shape = sizes_of(held_around(evidence, source, node).get(base))
            if asked is not None and -len(shape) <= asked[1] < len(shape):
                axis = asked[1] % len(shape)
                if shape[axis] == known[at]:
                    yield ViewAsked(item, span, base, axis, shape, (*known[:at], *known[at + 1 :]), at)
                break
