"""Copies of what was picked together, such as views of samples and their labels, that a step meets in two orders."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.rows.copies_apart import other_arrangement
from shapecheck.capture.instruments.rows.copies_picked import CopiesPicked, copies_picked, in_two_orders
from shapecheck.capture.instruments.trials.separation import meet_row_by_row
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.findings import Fix


def copies_met_in_two_orders(step: Step) -> Iterator[Sighting]:
    """``x = cat([one(x[pick]), other(x[pick])])`` beside ``y[pick].repeat_interleave(2)``: row k is used with row k."""
    given = {ref: copies_picked(step.tape, ref) for ref in dict.fromkeys([*step.inputs, *step.targets, *step.compared])}
    found = {ref: copies for ref, copies in given.items() if copies is not None}
    for one in (ref for ref in step.inputs if ref in found):
        for other in (ref for ref in found if ref not in step.inputs):
            if in_two_orders(found[one], found[other]) and meet_row_by_row(step, one, other):
                yield _told(step, one, found[one], other, found[other])
                return


def _told(step: Step, one: Ref, mine: CopiesPicked, other: Ref, theirs: CopiesPicked) -> Sighting:
    under, beside = (one, other) if mine.copies.is_tiled else (other, one)
    text = (
        f"{mine.copies.count} rows of each of {mine.copies.size} samples that were picked together: in "
        f"{step.tape.shape(under)} the whole stands under itself, in {step.tape.shape(beside)} those of a sample stand "
        "next to each other, and row k of one is used with row k of the other"
    )
    title, edits = other_arrangement(theirs.copies)
    place = theirs.copies.node if edits or mine.copies.node.spot is None else mine.copies.node
    if place is mine.copies.node:
        title, edits = other_arrangement(mine.copies)
    return sighted("copies_in_another_order", place, text, (Fix(title, edits, "no"),))


PROBE = Probe(
    "copies of what was picked together come in one order",
    lambda look: copies_met_in_two_orders(look.step),
    of_samples=True,
)
