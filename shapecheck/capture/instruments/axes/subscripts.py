"""An einsum whose operands have two axes of one size: the letters of these could stand the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from shapecheck.capture.instruments.trials.alternative import Alternative
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node


def other_letters(step: Step, node: Node) -> Iterator[Alternative]:
    """The same einsum with two letters of one operand exchanged, where their axes have the same size."""
    equation = node.args[0] if node.name == "einsum" and node.args else None
    if not isinstance(equation, str) or "->" not in equation or "." in equation:
        return
    inputs, output = equation.replace(" ", "").split("->")
    operands = inputs.split(",")
    if len(operands) != len(node.parents):
        return
    for at, letters in enumerate(operands):
        shape = step.tape.shape(node.parents[at])
        for one, other in combinations(range(len(letters)), 2):
            if len(shape) != len(letters) or shape[one] != shape[other] or letters[one] == letters[other]:
                continue
            swapped = list(letters)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            new = f"{','.join([*operands[:at], ''.join(swapped), *operands[at + 1 :]])}->{output}"
            runs: dict[int, Run] = {node.index: _with_equation(node, new)}
            yield Alternative("letters", repr(new), runs)


def _with_equation(node: Node, equation: str) -> Run:
    def run(_: str, *operands: Any, **kwargs: Any) -> Any:
        return node.function(equation, *operands, **kwargs)  # type: ignore[misc]

    return run
