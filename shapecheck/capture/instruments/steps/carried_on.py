"""What begins in a step with a state that the step before has made: recurrent layers, and cells of the script's own."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CELLS, DETACHES, HANDS_ON, RECURRENT

# What leaves a state at most other rows, or more of them.
STATES = HANDS_ON | frozenset(["pad", "narrow", "select", "unbind", "index_select"])


def carried_states(step: Step, before: Step) -> Iterator[tuple[Node, Ref]]:
    """Both, each with the part of its state that the step before has made."""
    yield from carried_by_layers(step, before)
    yield from carried_by_hand(step, before)


def carried_by_hand(step: Step, before: Step) -> Iterator[tuple[Node, Ref]]:
    """Operations of a cell that the script wrote, which begin with what the cell made in the step before.

    That it is a cell is seen within the step: there the same operation goes on with what the same line made, and the
    gradient goes through both. An average or a bank that goes on from batch to batch has none.
    """
    order = [node for node in step.nodes if node.index in step.to_loss and node.root >= 0]
    for node in order:
        for ref in node.parents:
            _, made = origin(step.tape, ref, HANDS_ON)
            if not before.first <= made.index < step.first or made.root < 0 or made.function is None:
                continue
            later = (other for other in order if other.index > node.index and other.repeats(node))
            held = (one for other in later for one in other.parents if one in step.learned)
            if any(_comes_of(step, one, made) for one in held):
                yield node, ref


def _comes_of(step: Step, ref: Ref, made: Node) -> bool:
    """Whether the same line as another node's made a tensor, and nothing has cut it off."""
    path = [node for _, node in backwards(step.tape, ref, HANDS_ON)]
    return path[-1].repeats(made) and all(node.name not in DETACHES for node in path) and _has_gradient(step, path[-1])


def _has_gradient(step: Step, made: Node) -> bool:
    """Whether a parameter lies behind what a node made, and nothing cuts it off on all ways."""
    open_nodes, seen = [made], set[int]()
    while open_nodes:
        node = open_nodes.pop()
        if node.index in seen or node.name in DETACHES or not node.graded:
            continue
        seen.add(node.index)
        if step.tape.has_parameter(node):
            return True
        open_nodes += [step.tape.nodes[parent.node] for parent in node.parents if parent.node >= step.first]
    return False


def carried_by_layers(step: Step, before: Step) -> Iterator[tuple[Node, Ref]]:
    """Recurrent operations, each with the part of its state that the step before has made."""
    for node in step.of_loss:
        if node.name not in CELLS and (node.name not in RECURRENT or len(node.args) != 9):
            continue
        is_packed = node.name in RECURRENT and not isinstance(node.args[3], bool)
        state = node.args[2 if is_packed else 1] if len(node.args) > 1 else None
        for ref in [item for item in _flat(state) if isinstance(item, Ref)]:
            _, made = origin(step.tape, ref, STATES)
            if not before.first <= made.index < step.first:
                continue
            if made.name in RECURRENT | CELLS and made.module is node.module:
                yield node, ref


def _flat(value: object) -> list[object]:
    return [part for item in value for part in _flat(item)] if isinstance(value, tuple | list) else [value]
