"""The rows of a tensor that a loader put together, stacked, padded or packed: of which items, and what they move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.separation import difference, items_of, probe, replaced_item
from shapecheck.capture.recording.collate import Draw
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import AXES_OF_ONE, CONVERTS

_SAME_ROWS = CONVERTS | AXES_OF_ONE
_PACKS = "_pack_padded_sequence"


@dataclass(frozen=True, slots=True, eq=False)
class DrawnRows:
    """A tensor of a step of which a loader put together the rows.

    Args:
        ref: It.
        node: What put them together.
        draw: What was drawn for it.
        axis: Along which axis they lie.
        packed: If it is packed, for each of them where its steps lie.
    """

    ref: Ref
    node: Node
    draw: Draw
    axis: int = 0
    packed: tuple[tuple[int, ...], ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.draw.rows)

    def moves(self, step: Step) -> tuple[Mapping[Ref, Tensor], ...]:
        """What moves with some of them, one after the other.

        Raises:
            RuntimeError: The step does not run with other numbers.
        """
        if not self.packed:
            return probe(step, self.ref, self.axis).moved
        base, value = step.run(), step.value(self.ref)
        found = []
        for item in items_of(self.count, 4):
            other = value
            for at in self.packed[item]:
                other = replaced_item(other, 0, at)
            after = step.changed(self.ref, other)
            found.append({ref: difference(base[ref], out) for ref, out in after.items() if ref in base})
        return tuple(found)


def drawn_rows(step: Step, ref: Ref) -> DrawnRows | None:
    """Where a loader put together the rows of a tensor; None if none did."""
    tape = step.tape
    at, node = origin(tape, ref, _SAME_ROWS)
    shape = tape.shape(ref)
    draw = tape.drawn.get(at.node)
    if draw is not None and tape.shape(at)[:1] == shape[:1]:
        return DrawnRows(ref, node, draw)
    draw = tape.drawn_behind_steps.get(at.node)
    if draw is not None and tape.shape(at)[:2] == shape[:2]:
        return DrawnRows(ref, node, draw, 1)
    return _packed(step, ref, node) if node.name == _PACKS and at.out == 0 else None


def _packed(step: Step, ref: Ref, pack: Node) -> DrawnRows | None:
    tape = step.tape
    padded, node = origin(tape, pack.parents[0], _SAME_ROWS)
    order: list[int] | None = None
    if node.name == "index_select" and len(node.parents) == 2:
        # The rows are sorted for packing, and what comes out is put back.
        sorted_by = step.value_of_input(node.parents[1])
        order = sorted_by.tolist() if sorted_by is not None else []
        padded, node = origin(tape, node.parents[0], _SAME_ROWS)
    draw = tape.drawn.get(padded.node) or tape.drawn_behind_steps.get(padded.node)
    sizes = step.value_of_input(Ref(pack.index, 1))
    if draw is None or sizes is None or sum(sizes.tolist()) != tape.shape(ref)[0]:
        return None
    columns = _columns(sizes.tolist())
    order = [*range(len(columns))] if order is None else order
    if len(columns) != len(draw.rows) or sorted(order) != [*range(len(columns))]:
        return None
    return DrawnRows(ref, node, draw, packed=tuple(columns[order.index(row)] for row in range(len(columns))))


def _columns(sizes: list[int]) -> list[tuple[int, ...]]:
    """Where the steps of each row lie that was packed, by how many rows have each of the steps."""
    found: list[list[int]] = [[] for _ in range(sizes[0] if sizes else 0)]
    start = 0
    for size in sizes:
        for row in range(size):
            found[row].append(start + row)
        start += size
    return [tuple(rows) for rows in found]
