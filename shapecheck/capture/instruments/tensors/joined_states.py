"""Where two final states of a recurrent layer are joined to twice as many features, and which ones were meant."""

from __future__ import annotations

import ast
from typing import NamedTuple

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.one_item import one_item
from shapecheck.capture.instruments.tensors.places import marks_of
from shapecheck.capture.instruments.trials.edits import replaced_texts
from shapecheck.capture.instruments.trials.sighting import node_at
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import HANDS_ON
from shapecheck.findings import Edit

_JOINS = frozenset(["cat", "hstack"])
_PASSES = HANDS_ON | {"dropout", "select"}


class JoinedStates(NamedTuple):
    """Where two states are joined, and which rows of all states they are, in their order."""

    node: Node
    rows: tuple[int, int]


def joined_states(step: Step, source: Ref) -> JoinedStates | None:
    """The first such place; None where states are put beside each other as layers, for a decoder to start from."""
    shape = step.tape.shape(source)
    width = shape[1] * shape[2]
    marks = marks_of(step, source)
    for node in step.all_of_loss:
        if node.name not in _JOINS or node.shapes[0][-1:] != (2 * shape[2],) or len(node.parents) != 2:
            continue
        if not all(parent in marks and marks[parent].numel() == width for parent in node.parents):
            continue
        one, other = (_rows(marks[parent], width) for parent in node.parents)
        if len(one) == len(other) == 1 and -1 not in one | other:
            return JoinedStates(node, (one.pop(), other.pop()))
    return None


def with_both_directions(step: Step, joined: JoinedStates, shape: tuple[int, ...]) -> tuple[Edit, ...]:
    """The edit that joins both directions of the last layer; the one that is there already keeps its place."""
    last, (one, other) = shape[0] - 1, joined.rows
    wanted = (last, last - 1) if one == last or other == last - 1 else (last - 1, last)
    texts: dict[ast.expr, str] = {}
    for parent, row in zip(joined.node.parents, wanted, strict=True):
        taken = next((made for _, made in backwards(step.tape, parent, _PASSES) if one_item(made) is not None), None)
        found = node_at(taken, ast.Subscript) if taken is not None and taken.shapes[0] == shape[1:] else None
        if taken is None or not isinstance(found, ast.Subscript) or one_item(taken) in ((0, row), (0, row - shape[0])):
            continue
        texts[found.slice] = str(row - shape[0])
    spot = joined.node.spot
    return replaced_texts(spot.code.co_filename, texts) if spot is not None and texts else ()


def _rows(marks: Tensor, width: int) -> set[int]:
    return {int(place // width) if place >= 0 else -1 for place in marks.reshape(-1).tolist()}
