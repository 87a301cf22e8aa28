"""A size of a view that was asked of another axis than the one it is for: ``state.view(2, x.size(1), -1)``.

Or asked rightly, of what went into a layer that takes the steps first, so that its state holds these for samples.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import size_asked
from shapecheck.reading.edits import expression, piece, with_keyword
from shapecheck.reading.failing import RECURRENT, failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.sources import found_at, last_name


@dataclass(frozen=True, slots=True)
class _ViewAsked:
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


_SEVERAL = "the layer may take the samples first, or the size be asked of another axis"
# Layers, samples, numbers.
_OF_STATE = 3


def candidates(evidence: Evidence) -> list[Candidate]:
    """The size of the axis that goes with the others; samples first for the layer whose state is viewed."""
    found = [way for view in _views_asked(evidence) for way in (*_samples_first(evidence, view), *_along_other(view))]
    return [replace(each, unless_read=_SEVERAL) for each in found] if len(found) > 1 else found


def _along_other(view: _ViewAsked) -> Iterator[Candidate]:
    viewed, asked = sizes_of(view.item), view.shape[view.axis]
    # A size that is there was asked rightly; it is another one that is wrong.
    fitting = [
        axis
        for axis, size in enumerate(view.shape)
        if asked not in viewed and size != asked and view.goes_with(size, viewed) and view.keeps(size, viewed)
    ]
    if len(fitting) == 1:
        text = f"{view.base}.size({fitting[0]})" if ".size(" in view.place.text else f"{view.base}.shape[{fitting[0]}]"
        title = f"{view.place.text} -> {text}"
        yield Candidate(title, (Change(view.place, text),), (), 0.1, cause="size_of_another_axis")


def _samples_first(evidence: Evidence, view: _ViewAsked) -> Iterator[Candidate]:
    sizes = sizes_of(view.item)
    if view.axis or len(sizes) != _OF_STATE or len(view.shape) < 2 or sizes[1] != view.shape[1]:
        return
    samples = view.shape[0]
    if samples == view.shape[1] or not view.goes_with(samples, (sizes[0], samples, sizes[2])):
        return
    for origin in trace(evidence, view.item.span, parts=True):
        call = expression(origin.span.text)
        while isinstance(call, ast.Subscript):
            call = call.value
        for maker in trace(evidence, piece(origin.span, call.func)) if isinstance(call, ast.Call) else ():
            made = expression(maker.span.text)
            if (
                isinstance(made, ast.Call)
                and last_name(made.func) in RECURRENT
                and "batch_first" not in maker.span.text
            ):
                change = with_keyword(maker.span, "batch_first", "True")
                if change is not None:
                    yield Candidate("batch_first=True", (change,), (), 0.09, cause="batch_first_missing")
                return


def _views_asked(evidence: Evidence) -> Iterator[_ViewAsked]:
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
                    yield _ViewAsked(item, span, base, axis, shape, (*known[:at], *known[at + 1 :]), at)
                break
