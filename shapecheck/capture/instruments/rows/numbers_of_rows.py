"""Inputs that are numbers of the rows of another one, as edges are of the nodes of a graph: these are no samples."""

from __future__ import annotations

from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON, TAKES_ROWS

_PASSES = HANDS_ON | frozenset(["unbind", "select", "t", "T", "flatten"])


def numbers_rows(step: Step, source: Ref) -> bool:
    """Whether rows are taken by it of what was made of another input; a table of parameters is made of none."""
    if step.tape.dtype(source).is_floating_point:
        return False
    data = set(step.inputs) - {source}
    made = data | {Ref(index) for index in descendants(step.tape, data, step.order)}
    numbers = {source}
    for node in step.nodes:
        if node.name in TAKES_ROWS and len(node.parents) == 2:
            if node.parents[1] in numbers and node.parents[0] in made - numbers:
                return True
        elif node.name in _PASSES and node.parents[:1] and node.parents[0] in numbers:
            numbers |= set(node.outs)
    return False
