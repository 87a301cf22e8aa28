"""What is added to each row by its number: the position in the sequence, or in the batch?"""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.counted import JOINS, counted
from shapecheck.capture.instruments.separation import separate_axes
from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.instruments.ways import Way
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step


def positions(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """A table of positions that is read along the axis of the samples."""
    for way in ways:
        # Only where exactly one of the two first axes stays apart: then that one holds the samples.
        if len(way.apart) != 1 or len(way.moves) != 2:
            continue
        moves = way.moves[way.apart[0]]
        for index in step.order:
            node = step.node(index)
            pair = node.parents[:2]
            if node.name not in JOINS or len(pair) != 2 or index not in step.to_loss:
                continue
            data = next((ref for ref in pair if moves.masks(ref)), None)
            table = next((ref for ref in pair if ref != data and not moves.masks(ref)), None)
            if data is None or table is None:
                continue
            shape, own = step.tape.shape(data), separate_axes(moves.masks(data))
            added = (1,) * (len(shape) - len(step.tape.shape(table))) + step.tape.shape(table)
            if len(own) != 1 or len(shape) < 3 or own[0] > 1 or len(added) != len(shape):
                continue
            if added[own[0]] == shape[own[0]] > 1 and added[1 - own[0]] == 1 and shape[1 - own[0]] > 1:
                found = counted(step, table, shape[own[0]])
                if found is not None:
                    text = (
                        f"{added} is added to {shape}: it differs along axis {own[0]}, which by the probe holds the "
                        f"samples, and is the same for all of axis {1 - own[0]}: each sample gets its number in the "
                        "batch, "
                        "and the steps get none"
                    )
                    yield sighted("positions_along_batch", found, text)
                    return


PROBE = Probe(
    "positions are counted along the sequence",
    lambda look: positions(look.step, look.ways),
)
