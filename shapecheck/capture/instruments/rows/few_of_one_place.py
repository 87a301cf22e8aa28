"""A few of the tensors that one line of a script has made in turn, such as the rewards of all steps of a rollout."""

from __future__ import annotations

from collections.abc import Sequence

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

# What holds for the first of them and for another one holds for all; of hundreds each would be run again.
_FEW = 2


def few_of_one_place(step: Step, refs: Sequence[Ref]) -> list[Ref]:
    """The tensors, but of those that one instruction has made only the first ones."""
    found: list[Ref] = []
    for ref in refs:
        node = step.node(ref.node)
        if sum(node.repeats(step.node(other.node)) for other in found) < _FEW:
            found.append(ref)
    return found
