"""Steps that are counted from the front although the filler stands there: the last ones are read by nobody."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.front_filled import FrontFilled, front_filled, reads_last
from shapecheck.capture.instruments.steps.picked import index_of_steps, one_each
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON, NEGATIONS
from shapecheck.findings import Edit, Fix

_RESHAPES = HANDS_ON | {"expand", "expand_as", "t"}


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """Where steps are counted from the front, what counting from behind would be, and what is said of it."""

    node: Node
    instead: dict[int, Run]
    text: str
    title: str
    edits: tuple[Edit, ...] = ()


def last_steps_unread(step: Step) -> Iterator[Sighting]:
    """Picks, packings and masks by the number of steps of rows that are filled up in front.

    The loss does not move with the steps behind that number, which are data, and moves with them if the same number is
    counted from behind.
    """
    for rows in front_filled(step):
        readings = [found for node in step.nodes for found in _readings(step, node, rows)]
        if not readings or reads_last(step, rows):
            continue
        for reading in readings:
            try:
                moves = reads_last(step, rows, reading.instead)
            except Exception:
                # It does not fit, so it was not meant.
                continue
            if moves:
                text = (
                    f"the rows begin with a run of one and the same step and hold {int(rows.lengths.min())} to "
                    f"{int(rows.lengths.max())} others, which end at step {rows.size - 1} in each of them; "
                    f"{reading.text}: with other data in the last steps alone, the loss stays as it was"
                )
                fix = Fix(reading.title, reading.edits, "call", "the last steps have influence")
                yield sighted("steps_counted_from_the_front", reading.node, text, (fix,))
                return


def _readings(step: Step, node: Node, rows: FrontFilled) -> Iterator[_Reading]:
    if node.index not in step.to_loss or not node.parents:
        return
    if node.name == "_pack_padded_sequence":
        yield from _packing(step, node, rows)
    elif node.name in ("__getitem__", "gather") and node.parents[0] in step.learned:
        yield from _pick(step, node, rows)
    elif any(parent in step.learned for parent in node.parents):
        for ref in node.parents:
            if ref not in step.learned:
                yield from _mask(step, ref, rows)


def _pick(step: Step, node: Node, rows: FrontFilled) -> Iterator[_Reading]:
    shape = step.tape.shape(node.parents[0])
    count = len(rows.lengths)
    for time in (1, 0):
        if len(shape) < 2 or (shape[1 - time], shape[time]) != (count, rows.size):
            continue
        index = index_of_steps(node, time)
        picked = step.value(index) if index is not None else None
        if picked is None or picked.is_floating_point() or picked.dtype == torch.bool or picked.numel() % count:
            continue
        numbers = one_each(picked, time, count)
        if numbers is None or not any(torch.equal(numbers, rows.lengths - less) for less in (0, 1)):
            continue
        title = "[:, -1]" if time == 1 else "[-1]"
        text = "the step with the number of these is taken, counted from the front"
        runs: dict[int, Run] = {node.index: _last(node, time, rows.size - 1, picked)}
        yield _Reading(node, runs, text, title, _taken_last(node, time))


def _last(node: Node, time: int, last: int, picked: Tensor) -> Run:
    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        if node.name == "gather":
            return values.gather(time, torch.full_like(picked, last))
        parts = list(args[0])
        parts[time] = torch.full_like(picked, last)
        return values[tuple(parts)]

    return run


def _taken_last(node: Node, time: int) -> tuple[Edit, ...]:
    subscript = node_at(node, ast.Subscript)
    if not isinstance(subscript, ast.Subscript) or node.spot is None or node.name == "gather":
        return ()
    parts = subscript.slice.elts if isinstance(subscript.slice, ast.Tuple) else []
    if len(parts) != 2 or not isinstance(subscript.value, ast.Name | ast.Attribute):
        return ()
    new = f"{ast.unparse(subscript.value)}{'[:, -1]' if time == 1 else '[-1]'}"
    return replaced_text(node.spot.code.co_filename, subscript, new)


def _packing(step: Step, node: Node, rows: FrontFilled) -> Iterator[_Reading]:
    """A packing, which keeps the first steps; its rows are sorted by their lengths."""
    given, lengths = node.parents[0], step.value(node.parents[1])
    shape = step.tape.shape(given)
    batch_first = bool(node.args[2]) if len(node.args) > 2 else bool(node.kwargs.get("batch_first"))
    time = 1 if batch_first else 0
    if (shape[1 - time], shape[time]) != (len(rows.lengths), rows.size):
        return
    if not torch.equal(lengths.cpu().sort().values, rows.lengths.cpu().sort().values):
        return

    def run(values: Tensor, counts: Tensor, *args: Any, **kwargs: Any) -> Any:
        along = values if time == 1 else values.transpose(0, 1)
        moved = torch.stack([row.roll(int(count), 0) for row, count in zip(along, counts, strict=True)])
        return node.function(moved if time == 1 else moved.transpose(0, 1), counts, *args, **kwargs)  # type: ignore[misc]

    text = "to pack them keeps as many of their first steps, the run among them"
    yield _Reading(node, {node.index: run}, text, "the filler behind the data, then pack_padded_sequence")


def _mask(step: Step, ref: Ref, rows: FrontFilled) -> Iterator[_Reading]:
    """A mask of the first steps, or of all but these; it is told where it was compared, and not turned round."""
    shape = step.tape.shape(ref)
    for time in (1, 0):
        sizes = (len(rows.lengths), rows.size) if time == 1 else (rows.size, len(rows.lengths))
        if shape[:2] != sizes or any(size != 1 for size in shape[2:]) or step.is_leaf(ref):
            continue
        value = step.value(ref).reshape(sizes)
        value = value if time == 1 else value.t()
        if not are_truths(value):
            continue
        is_first = value.bool()
        if not any(torch.equal(is_first, mask) for mask in (rows.first_ones, ~rows.first_ones)):
            continue
        way = backwards(step.tape, ref, _RESHAPES | NEGATIONS, first=step.first, is_alone=True)
        *_, made = (node for at, node in way if not step.is_leaf(at))
        text = "the mask counts as many steps from the front, the run among them"
        title = "steps >= seq_length - lengths[:, None] for the steps that hold data"
        yield _Reading(made, {ref.node: _mirrored(step.value(ref), time)}, text, title)


def _mirrored(mask: Tensor, time: int) -> Run:
    return lambda *_, **__: mask.flip(time)


PROBE = Probe(
    "the last steps of rows that are filled up in front are read",
    lambda look: last_steps_unread(look.step),
    turn=Turn.LAST,
)
