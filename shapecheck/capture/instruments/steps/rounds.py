"""Calls of one recurrent layer in a loop: what each round starts from, and whether the rounds follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT, ZEROS

# What hands a state on as it is.
_PASSES = frozenset(
    [
        "expand", "expand_as", "repeat", "contiguous", "clone", "view", "reshape", "squeeze", "unsqueeze", "detach",
        "to", "__getitem__", "select", "unbind",
    ]
)  # fmt: skip
_ARGUMENTS = 9
_MAX_BEHIND = 60


def rounds_in(step: Step, order: Iterable[int] | None = None) -> Iterator[list[Node]]:
    """Calls of a layer at one place of the script that take one step of a sequence each, in their order.

    Args:
        step: The step.
        order: Which nodes are looked at; those that lead to the loss if nothing is said.
    """
    groups: dict[Any, list[Node]] = {}
    for index in sorted(step.to_loss) if order is None else order:
        node = step.node(index)
        if node.module is None or node.spot is None or not _takes_one_step(step, node):
            continue
        place, spot = [], node.spot
        while spot is not None:
            place.append((id(spot.code), spot.instruction))
            spot = spot.caller  # type: ignore[assignment]
        groups.setdefault((id(node.module), *place), []).append(node)
    yield from groups.values()


def _takes_one_step(step: Step, node: Node) -> bool:
    if node.name in CELLS:
        return True
    if node.name not in RECURRENT or len(node.args) != _ARGUMENTS or not isinstance(node.args[3], bool):
        return False
    shape = step.tape.shape(node.args[0])
    return len(shape) == 3 and shape[1 if node.args[8] else 0] == 1


def start_of(step: Step, node: Node) -> tuple[Any, ...]:
    """What a call starts from, by what it was made of; equal for two calls that start from the same."""
    return tuple(_made_of(step, ref) for ref in refs_in((node.args[1],)))


def _made_of(step: Step, ref: Ref) -> Any:
    *ways, (source, made) = backwards(step.tape, ref, _PASSES, first=step.first, is_alone=True)
    if made.name in ZEROS:
        return "zeros"
    return source, *(
        (node.name, at.out, repr([item for item in node.args if not isinstance(item, Ref)])) for at, node in ways
    )


def states_of(node: Node) -> list[Ref]:
    """What a call returns for the next one alone, beside its output."""
    if node.name == "lstm_cell":
        return [Ref(node.index, 1)]
    return [] if node.name in CELLS else [Ref(node.index, out) for out in range(1, len(node.shapes))]


def are_consecutive(step: Step, calls: list[Node]) -> bool:
    """Whether each call reads what came of the one before, or the item of an input behind that of the one before."""
    return are_written(step, calls) or are_in_turn(step, [node.args[0] for node in calls])


def are_in_turn(step: Step, given: Sequence[Any]) -> bool:
    """Whether each of some arguments was made of the item of an input behind that of the one before."""
    behind = [_behind(step, arguments) for arguments in given]
    inputs = set(step.inputs)
    of_inputs = inputs | {Ref(index, 0) for index in descendants(step.tape, inputs, step.order)}
    picks = [_picks(step, nodes, of_inputs) for nodes in behind]
    for origin, first in picks[0].items():
        items = [first, *(found.get(origin, -1) for found in picks[1:])]
        if {later - earlier for earlier, later in pairwise(items)} in ({1}, {-1}):
            return True
    return False


def are_written(step: Step, calls: list[Node]) -> bool:
    """Whether each call reads what came of the one before."""
    behind = [_behind(step, node.args[0]) for node in calls]
    return all(before.index in after for before, after in zip(calls, behind[1:], strict=False))


def _behind(step: Step, source: Any) -> dict[int, set[int]]:
    """The nodes that a call's input was made of, the nearest ones, with the outputs that were read of each."""
    found: dict[int, set[int]] = {}
    open_refs = list(refs_in((source,)))
    while open_refs and len(found) < _MAX_BEHIND:
        ref = open_refs.pop(0)
        is_new = ref.node not in found
        found.setdefault(ref.node, set()).add(ref.out)
        if is_new and not step.is_leaf(ref):
            open_refs += step.node(ref.node).parents
    return found


def _picks(step: Step, nodes: dict[int, set[int]], of_inputs: set[Ref]) -> dict[Any, int]:
    """Tensor and axis that an item was picked of -> which item."""
    found: dict[Any, int] = {}
    for index, outs in nodes.items():
        node = step.node(index)
        is_given = bool(node.parents) and node.parents[0] in of_inputs
        # Where nothing was made of an input but its items, these are what the step was given.
        if not is_given and not (node.parents and any(Ref(index, out) in of_inputs for out in outs)):
            continue
        source = node.parents[0]
        if node.name in ("unbind", "chunk", "split") and len(outs) == 1:
            found[source, str(node.args[1:]), str(node.kwargs)] = min(outs)
        elif node.name == "select" and len(node.args) > 2 and isinstance(node.args[2], int):
            found[source, node.args[1]] = node.args[2]
        elif node.name == "__getitem__" and len(node.args) > 1:
            parts = node.index_parts
            for axis, part in enumerate(parts):
                start = part.start if isinstance(part, slice) else part
                if isinstance(start, int) and not isinstance(start, bool):
                    found[source, axis] = start
    return found
