"""What the samples of a state were counted by: by the steps of the input, by full batches, or by something else."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.applied import size_asked
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.laid_before import is_laid_as_before
from shapecheck.reading.recurrent.layouts_meant import layout_is_shown
from shapecheck.reading.samples.batch_sizes import full_batches
from shapecheck.reading.sources import walk
from shapecheck.reading.ways_back import spans_behind


def is_counted_wrongly(evidence: Evidence, operation: Operation, place: Span, *, have: int, batch: int) -> bool:
    """Whether a state of as many samples as the input has steps was counted by the steps, or is of a full batch.

    Of anything else it may be the state that is right, and the input that lies the other way round.

    Args:
        evidence: The problem.
        operation: The call of the recurrent layer.
        place: Where the samples of the state are counted.
        have: How many there are.
        batch: How many the layer takes the input for.
    """
    if (
        is_laid_as_before(evidence)
        or layout_is_shown(evidence, operation)
        or (batch < have and have in full_batches(evidence))
    ):
        return True
    given, held = (shape(operation, "input") or ())[:2], [frame.names for frame in evidence.user_frames]
    nodes = [expression(each.text) for each in spans_behind(evidence, place)]
    asked = {ast.unparse(size[0]) for node in nodes for each in walk(node) if (size := size_asked(each)) is not None}
    return any(sizes_of(names.get(text))[:2] == given for names in held for text in asked)
