"""What a layer of two directions returned, joined so that one direction stands twice and the other nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.places import marks_of, readings_of
from shapecheck.capture.instruments.tensors.read_twice import JOINS
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, refs_in
from shapecheck.capture.recording.vocabulary import RECURRENT
from shapecheck.findings import Fix

_ARGUMENTS = 9
_NAMES = ("output", "h_n", "c_n")


def joined_twice(step: Step) -> Iterator[Sighting]:
    """Joins of one direction with itself, while nothing reads the other one of the same tensor."""
    for node in step.of_loss:
        if node.name not in RECURRENT or len(node.args) != _ARGUMENTS:
            continue
        is_packed = not isinstance(node.args[3], bool)
        if not (node.args[8] if is_packed else node.args[7]):
            continue
        for out in range(1 if is_packed else 0, len(node.shapes[:3])):
            join = _join(step, Ref(node.index, out))
            if join is not None:
                name = _NAMES[out]
                text = (
                    f"the two parts that are joined here are the same numbers of {name} {node.shapes[out]}, those of "
                    "one direction; those of the other direction are read by nothing"
                )
                fix = Fix("the other direction in the second place", (), "no")
                yield sighted("one_direction_twice", join, text, (fix,))
                return


def _join(step: Step, source: Ref) -> Node | None:
    shape = step.tape.shape(source)
    _, readings = readings_of(step, source)
    places = torch.cat([value.reshape(-1) for _, value in readings]) if readings else torch.zeros(0)
    if len(shape) != 3 or len(_directions(shape, source, places)) != 1:
        return None
    marks = marks_of(step, source)
    for node in step.all_of_loss:
        parts = [marks[parent] for parent in node.parents if parent in marks]
        if node.name not in JOINS or len(parts) != 2 or len(parts) != len(node.parents):
            continue
        if parts[0].shape == parts[1].shape and torch.equal(*parts) and bool((parts[0] >= 0).all()):
            return None if _is_a_start(step, node) else node
    return None


def _is_a_start(step: Step, join: Node) -> bool:
    """Whether it is a state that the layers of another recurrent layer start from, all from the same."""
    made = {join.ref}
    for node in step.all_of_loss:
        if node.name in RECURRENT and made & set(refs_in((node.args[1],))):
            return step.tape.shape(next(iter(made & set(refs_in((node.args[1],))))))[0] == len(join.parents)
        if node.name in ("contiguous", "clone", "tanh") and made & set(node.parents):
            made.add(node.ref)
    return False


def _directions(shape: tuple[int, ...], source: Ref, places: Tensor) -> set[int]:
    """Which directions the numbers at some places belong to."""
    known = places[places >= 0].long()
    width = shape[2] // 2 if source.out == 0 else shape[1] * shape[2]
    return set((known.div(width, rounding_mode="floor") % 2).tolist())


PROBE = Probe(
    "both directions of a recurrent layer are joined",
    lambda look: joined_twice(look.step),
)
