"""Positions for rows of all sequences one behind the other, which are repeated the other way round."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, NOISE
from shapecheck.findings import Edit, Fix

_JOINS = frozenset(["add", "cat", "mul"])
_OTHER = {"repeat_interleave": "repeat", "repeat": "repeat_interleave"}
_CUTS = CUTS | {"unflatten", "rearrange"}


def positions_of_flat_rows(look: Look) -> Iterator[Sighting]:
    """What is the same for all sequences, as positions are, meets flat rows that run through another axis first.

    How the rows lie is told by the reshape that made them of two axes, or that takes them apart again. Read so, what
    was added differs along both; read with the two sizes exchanged, it differs along one of them alone.
    """
    step = look.step
    for node in step.of_loss:
        if node.name not in _JOINS or len(node.parents) != 2 or len(node.shapes[0]) != 2 or node.spot is None:
            continue
        rows = node.shapes[0][0]
        pair = [ref for ref in node.parents if step.tape.shape(ref)[:1] == (rows,)]
        moved = [any(one.reaches(ref) for way in look.ways for one in way.moves.values()) for ref in pair]
        if len(pair) != 2 or sorted(moved) != [False, True]:
            continue
        data, table = pair[moved.index(True)], pair[moved.index(False)]
        sizes = {*_cut_before(step, data, rows), *_cut_behind(step, node, rows)}
        made = [step.node(at) for at in ancestors(step.tape, [table], step.first)]
        if len(sizes) != 1 or any(one.name in NOISE for one in made):
            continue
        first, second = sizes.pop()
        value = step.value(table)
        if first != second and not _is_of_one(value, first, second) and _is_of_one(value, second, first):
            yield _told(node, made, (first, second))
            return


def _is_of_one(value: Tensor, first: int, second: int) -> bool:
    """Whether rows that are read as a table of two sizes differ along one axis of it alone, or along none."""
    table = value.reshape(first, second, -1)
    return any(torch.equal(table, table.narrow(axis, 0, 1).expand_as(table)) for axis in (0, 1))


def _cut_before(step: Step, ref: Ref, rows: int) -> Iterator[tuple[int, int]]:
    """The two axes of which the rows were made by a reshape."""
    for _, node in backwards(step.tape, ref, None, first=step.first):
        if not node.parents or node.shapes[0][:1] != (rows,):
            return
        before = step.tape.shape(node.parents[0])
        if node.name in _CUTS and before[:1] != (rows,):
            if len(before) > 1 and before[0] * before[1] == rows and min(before[:2]) > 1:
                yield before[0], before[1]
            return


def _cut_behind(step: Step, node: Node, rows: int) -> Iterator[tuple[int, int]]:
    """The two axes that the rows are taken apart to."""
    reached = {node.ref}
    for other in step.nodes:
        if other.index <= node.index or not other.shapes or not reached.intersection(other.parents):
            continue
        after = other.shapes[0]
        if after[:1] == (rows,):
            reached.add(other.ref)
        elif other.name in _CUTS and len(after) > 1 and after[0] * after[1] == rows and min(after[:2]) > 1:
            yield after[0], after[1]


def _told(node: Node, made: list[Node], sizes: tuple[int, int]) -> Sighting:
    first, second = sizes
    repeats = [one for one in made if one.name in _OTHER and one.spot is not None]
    place = repeats[-1] if repeats else node
    text = (
        f"the {first * second} rows are those of ({first}, {second}), one row of that behind the other: row k is place "
        f"k % {second} of sequence k // {second}. What meets them here has the order of ({second}, {first}), so that "
        "each row gets the position of another place, and sequences that are the same get other positions by their "
        "number in the batch"
    )
    title = f".{_OTHER[place.name]}(...)" if repeats else "the rows in the other order"
    return sighted("positions_along_batch", place, text, (Fix(title, _other_way(place) if repeats else (), "no"),))


def _other_way(node: Node) -> tuple[Edit, ...]:
    """The edit that repeats the numbers the other way round, of one axis."""
    call = call_at(node)
    is_method = call is not None and isinstance(call.func, ast.Attribute) and len(call.args) == 1
    if call is None or node.spot is None or not is_method or call.keywords or len(node.shapes[0]) != 1:
        return ()
    assert isinstance(call.func, ast.Attribute)
    text = f"{ast.unparse(call.func.value)}.{_OTHER[node.name]}({ast.unparse(call.args[0])})"
    return replaced_text(node.spot.code.co_filename, call, text)


PROBE = Probe(
    "positions of flat rows run as the rows do",
    positions_of_flat_rows,
)
