"""Turns of the first two axes that one side of a loss goes through alone: without them its rows may meet the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import call_at, other_axis, replaced_call
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.findings import Edit
from shapecheck.reading.applied import applied_to


def turned_alone(step: Step, node: Node, axis: int) -> Iterator[tuple[str, Run, tuple[Edit, ...]]]:
    """What a turn would be without it: what to call it, what to call instead of the operation, and the change.

    Args:
        step: The step.
        node: An operation that may turn the first two axes.
        axis: That of the samples where they came in: who has the steps in front puts steps together in front.
    """
    if node.name == "stack" and axis == 1 and axis_of(node, len(node.shapes[0])) == 1:
        yield "dim=0", turned_result(node), other_axis(node, 0)
    elif node.parents and (turned(step.tape, node, 0), turned(step.tape, node, 1)) == (1, 0):
        call = call_at(node)
        given = applied_to(call) if call is not None else None
        edits = replaced_call(node, ast.unparse(given)) if given is not None else ()
        yield f"without the {node.name}", lambda value, *_, **__: value, edits


def turned_result(node: Node) -> Run:
    """What an operation makes, or the first of that, with its first two axes exchanged."""

    def run(*args: Any, **kwargs: Any) -> Any:
        made = node.function(*args, **kwargs)  # type: ignore[misc]
        return (made[0].transpose(0, 1), *made[1:]) if isinstance(made, tuple) else made.transpose(0, 1)

    return run
