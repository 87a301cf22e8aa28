"""Sums over the steps of each row that are divided by the number of steps of another row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.padding.padded import runs_out
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Fix

# Fewer lengths than these may come in another order by chance.
_LEAST = 3


def divided_by_others(step: Step) -> Iterator[Sighting]:
    """``out.sum(1) / lengths`` where row k of one has the length that stands in another row of the other.

    What is summed up says by itself how long each row is: behind that there is nothing but zeros. Divisors that are
    these very numbers, each as often, and not in this order, were sorted, or the rows were, without the other.
    """
    for node in step.of_loss:
        found = _steps(step, node)
        if found is None:
            continue
        counts, divisors = found
        if len(set(counts)) < _LEAST or counts == divisors or sorted(counts) != sorted(divisors):
            continue
        row = next(at for at, (one, other) in enumerate(zip(counts, divisors, strict=True)) if one != other)
        text = (
            f"each of {len(counts)} rows was added up over its steps and is divided by a number of steps, and these "
            f"numbers are the lengths of the rows in another order: row {row} has {counts[row]:g} steps, and is "
            f"divided by {divisors[row]:g}"
        )
        fix = Fix("the lengths in the order of the rows", (), tried(step, {node.index: _by_own(counts)}))
        yield sighted("rows_moved_alone", node, text, (fix,))
        return


def _steps(step: Step, node: Node) -> tuple[list[float], list[float]] | None:
    """How many steps each row has that was added up, and what it is divided by."""
    if node.name != "div" or len(node.parents) != 2 or node.parents[1] in step.learned:
        return None
    summed = step.node(node.parents[0].node)
    axes = reduced_axes(step, summed) if summed.name == "sum" else ()
    shape = step.tape.shape(summed.parents[0]) if axes else ()
    if len(shape) != 3 or len(axes) != 1 or axes[0] > 1 or shape[axes[0]] < _LEAST:
        return None
    size = shape[1 - axes[0]]
    if step.tape.shape(node.parents[1]) != (size, 1) or node.shapes[0] != (size, shape[2]):
        return None
    there = (step.value(summed.parents[0]) != 0).any(-1)
    rows = there if axes[0] == 1 else there.t()
    if not runs_out(~rows):
        return None
    return rows.sum(1).double().tolist(), step.value(node.parents[1]).flatten().double().tolist()


def _by_own(counts: list[float]) -> Run:
    def run(sums: Tensor, *_: Any, **__: Any) -> Tensor:
        return sums / sums.new_tensor(counts).unsqueeze(1)

    return run


PROBE = Probe(
    "sums over steps are divided by the lengths of their own rows",
    lambda look: divided_by_others(look.step),
)
