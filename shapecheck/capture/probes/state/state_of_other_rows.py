"""A state that is handed on to the next pieces of the same texts, and to other rows than those that it was made of."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.asked import compared
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import CONVERTS, HANDS_ON, RECURRENT, TURNS
from shapecheck.findings import Fix

_MOVES = HANDS_ON | TURNS | frozenset(["flip", "roll", "index_select", "movedim", "narrow", "flatten", "unflatten"])
_ARGUMENTS, _LEAST_KINDS = 9, 3


def state_of_other_rows(step: Step, before: Step | None) -> Iterator[Sighting]:
    """``h = h.view(batch, layers, -1).transpose(0, 1)`` of a state that has its layers in front.

    That row k of a batch goes on where row k of the batch before has ended is known where it begins with what that one
    was asked for last. Which row a state was made of is seen by where its numbers went on their way.
    """
    if before is None:
        return
    for node in step.of_loss:
        if node.name not in RECURRENT or len(node.args) != _ARGUMENTS or not isinstance(node.args[3], bool):
            continue
        for ref in refs_in(node.args[1:2]):
            way = _way(step, before, node, ref)
            moved = _moved(step, ref, way) if way is not None else None
            if way is None or moved is None or not _go_on(step, before, len(moved)):
                continue
            row = next(at for at, rows in enumerate(moved) if rows != {at})
            turned = next((one for one in way[1:] if one.name not in CONVERTS and one.spot is not None), node)
            text = (
                f"row {row} of this batch goes on where row {row} of the batch before has ended, and starts from the "
                f"state of row {min(moved[row] - {row}, default=row)}: the samples lie along axis 1 of a state, and "
                "were moved on its way here"
            )
            yield sighted(
                "state_of_another_batch", turned, text, (Fix("the state as the layer returned it", (), "no"),)
            )
            return


def _way(step: Step, before: Step, node: Node, ref: Ref) -> list[Node] | None:
    """What the same layer returned in the step before, and the operations from there to a state; None if it did not."""
    found: list[Node] = []
    for _, made in backwards(step.tape, ref, _MOVES):
        found.append(made)
    is_own = found[-1].name == node.name and found[-1].module is node.module
    is_kept = is_own and before.first <= found[-1].index < step.first and len(found) > 1
    return found[::-1] if is_kept else None


def _moved(step: Step, ref: Ref, way: list[Node]) -> list[set[int]] | None:
    """For each row of a state those rows that it was made of; None where each was made of its own, or none is known."""
    made, behind = way[0], [one.index for one in way[1:]]
    state = next((parent for parent in way[1].parents if parent.node == made.index), None)
    shape = step.tape.shape(state) if state is not None else ()
    if state is None or len(shape) != 3 or state.out == 0 or shape[1] < 2:
        return None
    numbers = torch.arange(shape[1]).view(1, -1, 1).expand(shape).contiguous()
    try:
        found = replay(step.tape, sorted(behind), {state: numbers})[ref]
    except (KeyError, RuntimeError):
        return None
    if found.shape != numbers.shape or torch.equal(found, numbers):
        return None
    return [set(found[:, row].flatten().tolist()) for row in range(shape[1])]


def _go_on(step: Step, before: Step, rows: int) -> bool:
    """Whether each row of an input begins with what the same row of the batch before was asked for last."""
    given = (ref for root in step.roots for ref in root.inputs)
    begun = [value for ref in given if (value := step.value_of_input(ref)) is not None]
    targets = {one for _, _, ref, _ in compared(before) for one, _ in backwards(before.tape, ref, HANDS_ON)}
    asked = [value for ref in targets if (value := before.known(ref)) is not None]
    return any(_follows(one, other, axis, rows) for one in begun for other in asked for axis in (1, 0))


def _follows(begun: Tensor, asked: Tensor, axis: int, rows: int) -> bool:
    if begun.ndim != 2 or begun.shape != asked.shape or begun.shape[1 - axis] != rows or begun.is_floating_point():
        return False
    first, last = begun.select(axis, 0), asked.select(axis, -1)
    is_told = len(first.unique()) >= min(_LEAST_KINDS, rows)  # type: ignore[no-untyped-call]
    return is_told and first.dtype == last.dtype and torch.equal(first, last)


PROBE = Probe(
    "a state goes on to the rows that it was made of",
    lambda look: state_of_other_rows(look.step, look.before),
)
