"""Tables with a number for each pair of items, however they are made: sums, products, distances, layers on both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from torch import Tensor

from shapecheck.capture.instruments.axes.reductions import reduced_axes
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.other_operand import other_operand
from shapecheck.capture.instruments.trials.separation import difference, items_of, replaced_item
from shapecheck.capture.recording.replay import ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import SAME_NUMBERS, SOFTMAXES

_SPREADS = SAME_NUMBERS | frozenset(["expand", "expand_as", "repeat", "repeat_interleave", "tile"])
_NUMBER_BY_NUMBER = SOFTMAXES | frozenset(["add", "sub", "mul", "div", "exp", "log", "clamp", "clamp_min"])
# So many operations that join two tensors are asked on the way back from a table.
_MEETINGS = 8
# So many tensors of a table's shape are asked whether they are one, the first that were made first.
_TABLES = 4
# What goes along its rows, its columns, its rows: once more than what two statements do by themselves.
_LEAST_TURNS = 2


def is_pair_table(step: Step, table: Ref, one: int, other: int) -> bool:
    """Whether the rows of a table belong to the items of one tensor, and its columns to those of another.

    Somewhere two tensors meet, both made of the step's data. What an item of the one is changes its row alone, in
    several columns, and nothing of it is along the columns; for the second tensor it is the other way round.

    Args:
        step: The step.
        table: The table.
        one: One axis of it.
        other: Another axis of it.
    """
    for node in _meetings(step, table):
        lies = [_lies_along(step, table, node, place, (one, other)) for place in range(len(node.parents))]
        if {one} in lies and {other} in lies:
            return True
    return False


def is_reduced_both_ways(step: Step, node: Node, one: int, other: int) -> bool:
    """Whether a table of pairs is reduced along its rows here, and just so along its columns elsewhere, or vice versa.

    Each item is held against all of another set then, and each of that against all of these: a transport plan, a
    distance between two sets, a softmax of each picture over the texts and of each text over the pictures. A table of
    anything that goes both ways in turn, time and again, is meant so too.

    Args:
        step: The step.
        node: The reduction, or a softmax.
        one: The axis along which it runs.
        other: The other axis of the table.
    """
    if _runs_along(step, node) != (one,):
        return False
    shape = step.tape.shape(node.parents[0])
    alike = [
        each
        for each in step.nodes
        if each.name == node.name and each.index in step.to_loss and step.tape.shape(each.parents[0]) == shape
    ]
    turned = [each for each in alike if _runs_along(step, each) == (other,)]
    if _takes_turns(step, [each for each in alike if _runs_along(step, each) == (one,)], turned):
        return True
    # What was found along one axis may have been put into the table before it goes along the other.
    made = (Ref(at) for at in ancestors(step.tape, node.parents[:1], step.first))
    # Before two of them met there are tensors of this shape where there are as many features as samples.
    met = (table for table in made if step.tape.shape(table) == shape and any(_meetings(step, table)))
    tables = islice(met, _TABLES)
    return bool(turned) and any(is_pair_table(step, table, one, other) for table in tables)


def _takes_turns(step: Step, one: list[Node], other: list[Node]) -> bool:
    """Whether one table is handed on by operations of two kinds that follow each other in turn, and each kind again."""
    row = sorted([*((node.index, 0) for node in one), *((node.index, 1) for node in other)])
    return len(row) > _LEAST_TURNS and all(
        kind != next_kind and _hands_on(step, step.node(before), step.node(index))
        for (before, kind), (index, next_kind) in pairwise(row)
    )


def _hands_on(step: Step, before: Node, node: Node) -> bool:
    """Whether what an operation reads is what the one before read or returned, changed number by number at most."""
    way = backwards(step.tape, node.parents[0], _NUMBER_BY_NUMBER | {before.name}, first=step.first)
    return any(ref.node == before.index or ref == before.parents[0] for ref, _ in way)


def _runs_along(step: Step, node: Node) -> tuple[int, ...]:
    if node.name not in SOFTMAXES:
        return reduced_axes(step, node)
    axis = axis_of(node, len(node.shapes[0]))
    return (axis,) if axis is not None else ()


def is_made_of_inputs(step: Step, ref: Ref) -> bool:
    """Whether something of the step's inputs is in a tensor: it was not made of parameters alone."""
    return _is_made_of(step, ref, step.inputs)


def _is_made_of_data(step: Step, ref: Ref) -> bool:
    """Whether something of the inputs or of the targets is in a tensor."""
    return _is_made_of(step, ref, [*step.inputs, *step.targets])


def _is_made_of(step: Step, ref: Ref, data: Sequence[Ref]) -> bool:
    made = ancestors(step.tape, [ref], step.first)
    return ref in data or any(parent in data for at in made for parent in step.node(at).parents)


def _meetings(step: Step, table: Ref) -> Iterator[Node]:
    """The operations on the way back from a table at which two tensors meet that data are part of, nearest first."""
    found, seen, open_refs = 0, set[int](), [table]
    while open_refs and found < _MEETINGS:
        ref = open_refs.pop(0)
        if step.is_leaf(ref) or ref.node in seen:
            continue
        seen.add(ref.node)
        node = step.node(ref.node)
        given = [parent for parent in node.parents if _is_made_of_data(step, parent)]
        if len(given) > 1:
            found += 1
            yield node
        open_refs += given


def _lies_along(step: Step, table: Ref, node: Node, place: int, axes: tuple[int, int]) -> set[int]:
    """Which of two axes of a table the items of an operand lie along, as it was before it was spread."""
    ref, sizes = node.parents[place], step.tape.shape(table)
    if not _is_made_of_data(step, ref):
        return set()
    with_value = other_operand(node, ref, node.parents[:place].count(ref))
    way = descendants(step.tape, {node.ref}, ancestors(step.tape, [table], step.first))
    *before, ref = (at for at, _ in backwards(step.tape, ref, _SPREADS, first=step.first, is_alone=True))
    spread = [at.node for at in reversed(before)]
    value, known, found = step.value(ref), step.run(), set[int]()
    for axis, size in enumerate(value.shape):
        fits = {along for along in axes if sizes[along] == size > 1} - found
        masks: list[tuple[int, Tensor]] = []
        for item in items_of(size, 3) if fits else ():
            other = replaced_item(value, axis, item)
            if spread:
                other = replay(step.tape, spread, {ref: other}, known=known)[Ref(spread[-1])]
            after = replay(step.tape, [node.index, *way], None, {node.index: with_value(other)}, known)
            masks.append((item, difference(known[table], after[table])))
        found |= {along for along in fits if _are_lines(masks, along, axes[1 - axes.index(along)])}
    return found


def _are_lines(masks: list[tuple[int, Tensor]], along: int, across: int) -> bool:
    """Whether each item moved one line, that of its own number, and one of them more than one number in it."""
    lines = [(item, mask.movedim((along, across), (0, 1)).unsqueeze(-1).flatten(2).any(2)) for item, mask in masks]
    is_own = all(bool(line[item].any()) and int(line.any(1).sum()) == 1 for item, line in lines)
    return is_own and any(int(line[item].sum()) > 1 for item, line in lines)
