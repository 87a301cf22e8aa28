"""What is added to each row by its number: the position in the sequence, or in the batch?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.counted import counted, counted_beforehand
from shapecheck.capture.instruments.trials.position_edits import counted_along_steps
from shapecheck.capture.instruments.trials.separation import separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe


def positions(look: Look) -> Iterator[Sighting]:
    """A table of positions that is read along the axis of the samples."""
    step = look.step
    for way in look.ways:
        # Only where exactly one of the two first axes stays apart: then that one holds the samples.
        if len(way.apart) != 1 or len(way.moves) != 2:
            continue
        if look.batch_axes.get(way.source, way.apart[0]) != way.apart[0]:
            # A layer runs along the samples, and with that mended the positions may well be right.
            continue
        moves = way.moves[way.apart[0]]
        for node in step.of_loss:
            pair = node.parents[:2]
            if node.name != "add" or len(pair) != 2:
                continue
            data = next((ref for ref in pair if moves.reaches(ref)), None)
            table = next((ref for ref in pair if ref != data and not moves.reaches(ref)), None)
            if data is None or table is None or not step.tape.dtype(data).is_floating_point:
                # Numbers of rows are added up to numbers of rows.
                continue
            shape, own = step.tape.shape(data), separate_axes(moves.masks(data))
            added = (1,) * (len(shape) - len(step.tape.shape(table))) + step.tape.shape(table)
            if len(own) != 1 or len(shape) < 3 or own[0] > 1 or len(added) != len(shape):
                continue
            if min(shape[:2]) < 2 or added[own[0]] != shape[own[0]]:
                continue
            is_spread = added == shape and _is_the_same_along(step.value(table), 1 - own[0])
            if added[1 - own[0]] == 1 or is_spread:
                size, steps = shape[own[0]], shape[1 - own[0]]
                found = counted(step, table, size) or counted_beforehand(step, table, size, steps)
                if found is not None:
                    found = found if found.spot is not None and found.index >= step.first else node
                    text = (
                        f"{added} is added to {shape}: it differs along axis {own[0]}, which by the probe holds the "
                        f"samples, and is the same for all of axis {1 - own[0]}: each sample gets its number in the "
                        "batch, "
                        "and the steps get none"
                    )
                    fixes = counted_along_steps(step, found, own[0], steps)
                    seen = sighted("positions_along_batch", found, text, fixes)
                    last = step.tape.nodes[table.node]
                    if last.spot is not None and found.spot is not None and last.spot.code is not found.spot.code:
                        # What counts is a function of its own, and where it is called the axis of the samples is said.
                        seen = replace(seen, span=last.spot.span)
                    yield seen
                    return


def _is_the_same_along(value: Tensor, axis: int) -> bool:
    return torch.equal(value, value.narrow(axis, 0, 1).expand_as(value))


PROBE = Probe(
    "positions are counted along the sequence",
    positions,
)
