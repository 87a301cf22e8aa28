"""Inputs of a step that are no data but the state which a recurrent layer starts from: its samples lie along axis 1."""

from __future__ import annotations

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import CONVERTS, RECURRENT

# `torch.lstm` and its like: the state is in second place, behind the batch sizes where the input is packed.
_ARGUMENTS = 9


def handed_states(step: Step) -> frozenset[Ref]:
    """The inputs that reach a recurrent layer as its state, in the shape that torch asks for."""
    return frozenset(source for source in step.inputs if len(step.tape.shape(source)) == 3 and _is_state(step, source))


def _is_state(step: Step, source: Ref) -> bool:
    passed = {source}
    for node in step.nodes:
        if not passed.isdisjoint(node.parents):
            if not passed.isdisjoint(_states_of(node)):
                return True
            if node.name in CONVERTS:
                passed.add(node.ref)
    return False


def _states_of(node: Node) -> tuple[Ref, ...]:
    if node.name not in RECURRENT or len(node.args) != _ARGUMENTS:
        return ()
    is_packed = not isinstance(node.args[3], bool)
    return tuple(refs_in(node.args[2 if is_packed else 1]))
