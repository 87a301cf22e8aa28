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


def turned_alone(step: Step, node: Node, axis: int) -> Iterator[tuple[str, Run, tuple[Edit, ...]]]:
    """What a turn would be without it: what to call it, what to call instead of the operation, and the change.

    Args:
        step: The step.
        node: An operation that may turn the first two axes.
        axis: That of the samples where they came in: who has the steps in front puts steps together in front.
    """
    if node.name == "stack" and axis == 1 and axis_of(node, len(node.shapes[0])) == 1:
        yield "dim=0", _stacked(node), other_axis(node, 0)
    elif node.parents and (turned(step.tape, node, 0), turned(step.tape, node, 1)) == (1, 0):
        edits = replaced_call(node, given) if (given := _given(node)) else ()
        yield f"without the {node.name}", lambda value, *_, **__: value, edits


def _stacked(node: Node) -> Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        return node.function(*args, **kwargs).transpose(0, 1)  # type: ignore[misc]

    return run


def _given(node: Node) -> str:
    """What is turned, as it is spelt."""
    call = call_at(node)
    if call is None:
        return ""
    is_method = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) != "torch"
    given = call.func.value if isinstance(call.func, ast.Attribute) and is_method else next(iter(call.args), None)
    return ast.unparse(given) if given is not None else ""
