"""A size of a view that was asked of another axis than the one it is for: ``state.view(2, x.size(1), -1)``.

Or asked rightly, of what went into a layer that takes the steps first, so that its state holds these for samples.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import expression, piece, with_keyword
from shapecheck.reading.failing import RECURRENT
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.view_asked import ViewAsked, views_asked
from shapecheck.reading.sources import last_name

_SEVERAL = "the layer may take the samples first, or the size be asked of another axis"
# Layers, samples, numbers.
_OF_STATE = 3


def candidates(evidence: Evidence) -> list[Candidate]:
    """The size of the axis that goes with the others; samples first for the layer whose state is viewed."""
    found = [way for view in views_asked(evidence) for way in (*_samples_first(evidence, view), *_along_other(view))]
    return [replace(each, unless_read=_SEVERAL) for each in found] if len(found) > 1 else found


def _along_other(view: ViewAsked) -> Iterator[Candidate]:
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


def _samples_first(evidence: Evidence, view: ViewAsked) -> Iterator[Candidate]:
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
