"""Which tensors of a step hold the same samples as another one, row by row, and are no other samples beside it."""

from __future__ import annotations

from shapecheck.capture.instruments.rows.drawn_apart import are_made_of_one_draw
from shapecheck.capture.instruments.rows.drawn_together import picked_by
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref


def belong_to(step: Step, source: Ref) -> list[Ref]:
    """The inputs and targets whose row k says something of row k of a source."""
    return [ref for ref in dict.fromkeys((*step.inputs, *step.targets)) if belongs(step, source, ref)]


def belongs(step: Step, source: Ref, other: Ref) -> bool:
    """Whether row k of a tensor says something of row k of another one.

    One was made of the other, or of a number that was drawn for each row of both; or both were picked together, and
    are not alike: what has the same shape and dtype may be samples of another kind, to be paired with these.
    """
    shape_of, dtype_of = step.tape.shape, step.tape.dtype
    if other == source or shape_of(other)[:1] != shape_of(source)[:1]:
        return False
    if are_made_of_one_draw(step.tape, source, other):
        return True
    is_alike = (shape_of(source), dtype_of(source)) == (shape_of(other), dtype_of(other))
    picked = picked_by(step, source)
    return not is_alike and picked is not None and picked == picked_by(step, other)
