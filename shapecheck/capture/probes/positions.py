"""What is added to each row by its number: the position in the sequence, or in the batch?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.counted import counted, counted_beforehand
from shapecheck.capture.instruments.edits import replaced_text
from shapecheck.capture.instruments.separation import Moves, separate_axes
from shapecheck.capture.instruments.sighting import Sighting, node_at, sighted
from shapecheck.capture.instruments.ways import Way
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_OUTCOME = "each step gets its own row"


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
            if node.name != "add" or len(pair) != 2 or index not in step.to_loss:
                continue
            data = next((ref for ref in pair if _moved(moves, ref)), None)
            table = next((ref for ref in pair if ref != data and not _moved(moves, ref)), None)
            if data is None or table is None:
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
                    yield sighted("positions_along_batch", found, text, _fixes(step, found, steps))
                    return


def _fixes(step: Step, node: Node, steps: int) -> tuple[Fix, ...]:
    """The table with its rows in front of the cut, where the cut was to count steps."""
    first = node.args[1] if node.name == "__getitem__" and len(node.args) > 1 else None
    first = first[0] if isinstance(first, tuple) and first else first
    shape = step.tape.shape(node.parents[0]) if node.parents else ()
    is_cut = isinstance(first, slice) and first.stop == steps
    if not is_cut or len(shape) != 3 or shape[0] != 1 or shape[1] < steps:
        return ()
    run: Run = lambda table, index: table.transpose(0, 1)[index]  # noqa: E731
    try:
        step.run_with({node.index: run})
    except Exception:
        return ()
    subscript = node_at(node, ast.Subscript)
    if not isinstance(subscript, ast.Subscript) or node.spot is None:
        return ()
    text = f"{ast.unparse(subscript.value)}.transpose(0, 1)[{ast.unparse(subscript.slice)}]"
    edits = replaced_text(node.spot.code.co_filename, subscript, text)
    return (Fix("transpose(0, 1) of the table, so that its rows lie along the steps", edits, "call", _OUTCOME),)


def _moved(moves: Moves, ref: Ref) -> bool:
    return any(bool(mask.any()) for mask in moves.masks(ref))


def _is_the_same_along(value: Tensor, axis: int) -> bool:
    return torch.equal(value, value.narrow(axis, 0, 1).expand_as(value))


PROBE = Probe(
    "positions are counted along the sequence",
    lambda look: positions(look.step, look.ways),
)
