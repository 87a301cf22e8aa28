"""What is added to each row by its number: the position in the sequence, or in the batch?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.counted import counted, counted_beforehand
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import separate_axes
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, node_at, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Fix

_OUTCOME = "each step gets its own row"
# The table's axis of one row, the one that is cut, the samples' and how many there are -> what turns the rows.
_TURNS = {
    (1, 0, 0, 3): ".transpose(0, 1)",
    (0, 1, 1, 3): ".transpose(0, 1)",
    (None, 0, 1, 2): ".unsqueeze(1)",
}


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
                    fixes = _counted_along_steps(step, found, own[0], steps)
                    seen = sighted("positions_along_batch", found, text, fixes)
                    last = step.tape.nodes[table.node]
                    if last.spot is not None and found.spot is not None and last.spot.code is not found.spot.code:
                        # What counts is a function of its own, and where it is called the axis of the samples is said.
                        seen = replace(seen, span=last.spot.span)
                    yield seen
                    return


def _is_the_same_along(value: Tensor, axis: int) -> bool:
    return torch.equal(value, value.narrow(axis, 0, 1).expand_as(value))


def _counted_along_steps(step: Step, node: Node, axis: int, steps: int) -> tuple[Fix, ...]:
    """What was counted along the samples, along the other one of the first two axes.

    Args:
        step: The step.
        node: Where positions are counted: a table that is cut, or an arange.
        axis: The axis of the samples in what they are added to: 0 or 1.
        steps: How many steps there are.
    """
    if node.name == "arange":
        return _arange(step, node, axis, steps)
    shape = step.tape.shape(node.parents[0]) if node.parents else ()
    cut = node.argument(1) if node.name == "__getitem__" else None
    *whole, last = cut if isinstance(cut, tuple) and cut else (cut,)
    if not isinstance(last, slice) or any(part != slice(None) for part in whole) or node.spot is None:
        return ()
    if last.stop == steps and not whole and len(shape) == 3 and shape[0] == 1 and shape[1] >= steps:
        return _turned_table(step, node)
    along = len(whole)
    turn = _TURNS.get((shape.index(1) if 1 in shape[:2] and len(shape) == 3 else None, along, axis, len(shape)))
    subscript = node_at(node, ast.Subscript)
    if turn is None or shape[along] < steps or not isinstance(subscript, ast.Subscript):
        return ()
    part = subscript.slice.elts[-1] if isinstance(subscript.slice, ast.Tuple) else subscript.slice
    size = part.upper if isinstance(part, ast.Slice) and part.lower is None and part.step is None else None
    other = _other_size(size, axis)
    if other is None:
        return ()

    def run(table: Tensor, *_: Any) -> Tensor:
        rows = table.narrow(along, 0, steps)
        return rows.unsqueeze(1) if turn == ".unsqueeze(1)" else rows.transpose(0, 1)

    text = f"{ast.unparse(subscript.value)}[{':, ' * along}:{other}]{turn}"
    edits = replaced_text(node.spot.code.co_filename, subscript, text)
    return _fix(step, "as many rows as there are steps, along their axis", edits, node, run)


def _turned_table(step: Step, node: Node) -> tuple[Fix, ...]:
    """The table with its rows in front of the cut, where the cut was to count steps."""
    subscript = node_at(node, ast.Subscript)
    if not isinstance(subscript, ast.Subscript) or node.spot is None:
        return ()
    text = f"{ast.unparse(subscript.value)}.transpose(0, 1)[{ast.unparse(subscript.slice)}]"
    edits = replaced_text(node.spot.code.co_filename, subscript, text)
    title = "transpose(0, 1) of the table, so that its rows lie along the steps"
    return _fix(step, title, edits, node, lambda table, index: table.transpose(0, 1)[index])


def _arange(step: Step, node: Node, axis: int, steps: int) -> tuple[Fix, ...]:
    """``torch.arange(x.size(0)).unsqueeze(1)``: the other size, and the other axis."""
    readers = step.readers(node)
    call = call_at(node)
    other = _other_size(call.args[0], axis) if call is not None and len(call.args) == 1 else None
    if len(readers) != 1 or readers[0].name != "unsqueeze" or node.spot is None or other is None or call is None:
        return ()
    turn = call_at(readers[0])
    if turn is None or ast.unparse(turn) != f"{ast.unparse(call)}.unsqueeze({1 - axis})":
        return ()

    def run(given: Tensor, *_: Any) -> Tensor:
        return given.new_tensor(range(steps)).unsqueeze(axis)

    keywords = "".join(f", {ast.unparse(keyword)}" for keyword in call.keywords)
    text = f"{ast.unparse(call.func)}({other}{keywords}).unsqueeze({axis})"
    edits = replaced_text(node.spot.code.co_filename, turn, text)
    return _fix(step, "count the steps, along their axis", edits, readers[0], run)


def _other_size(size: ast.expr | None, axis: int) -> str | None:
    """``x.size(1)`` for ``x.size(0)``; None where the size is not written as that of an axis of something."""
    text = ast.unparse(size) if size is not None else ""
    if isinstance(size, ast.Call) and text.startswith("len(") and axis == 0:
        return f"{ast.unparse(size.args[0])}.size(1)"
    for head, tail in ((".size(", ")"), (".shape[", "]")):
        end = f"{head}{axis}{tail}"
        if text.endswith(end) and isinstance(size, ast.Call | ast.Subscript):
            return f"{text.removesuffix(end)}{head}{1 - axis}{tail}"
    return None


def _fix(step: Step, title: str, edits: tuple[Any, ...], node: Node, run: Any) -> tuple[Fix, ...]:
    if not edits or tried(step, {node.index: run}) == "no":
        return ()
    return (Fix(title, edits, "call", _OUTCOME),)


PROBE = Probe(
    "positions are counted along the sequence",
    positions,
)
