"""Axes that a function was told as 0 and takes for none, as a test asks whether they are true: ``if axis:``."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, reduced_axes
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.zeros_told import Asked
from shapecheck.evidence import Span
from shapecheck.findings import Edit, Fix


def zero_for_none(step: Step) -> Iterator[Sighting]:
    """``peak = x.amax(axis) if axis else x.max()`` that was told ``axis=0``, where None is what stands for no axis.

    The first axis is one like any other. Where it is the only one, or what runs instead runs along it, it is no matter.
    """
    for index, asked in step.tape.zeros.found.items():
        node = step.tape.nodes[index]
        if index < step.last and _runs_otherwise(step, node):
            yield _told(step, node, asked)
            return


def _runs_otherwise(step: Step, node: Node) -> bool:
    shape = step.tape.shape(node.parents[0]) if node.parents else ()
    if len(shape) < 2 or node.spot is None:
        return False
    axes = reduced_axes(step, node) if node.name in REDUCTIONS else (axis_of(node, len(shape)),)
    return axes != (0,) and axes != (None,)


def _told(step: Step, node: Node, asked: Asked) -> Sighting:
    name = f"self.{asked.name}" if asked.is_kept else asked.name
    text = (
        f"`{asked.test.text}` asks whether an axis was told, and takes axis 0 for none: {name} is 0 here, and "
        f"{node.name} runs as if nothing had been told, over {step.tape.shape(node.parents[0])}"
    )
    other = f"{name} is None" if asked.negated else f"{name} is not None"
    seen = sighted("axis_zero_as_none", node, text, (Fix(other, _edit(asked.test, other), "no"),))
    return replace(seen, span=asked.test)


def _edit(test: Span, other: str) -> tuple[Edit, ...]:
    row = linecache.getline(test.file, test.line).rstrip("\n")
    if test.line != test.end_line or not row.isascii():
        return ()
    return (Edit(test.file, test.line, test.line, row[: test.column] + other + row[test.end_column :]),)


PROBE = Probe(
    "the first axis is not taken for none",
    lambda look: zero_for_none(look.step),
    needs_no_run=True,
    in_evaluation=True,
)
