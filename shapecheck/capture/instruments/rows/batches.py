"""Which rows of which data a model was called with: those that a loader drew, or that were cut out of a tensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from shapecheck.capture.instruments.rows.rows_go_on import count_of_others
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Ref, Root, Tape

_PASSES = frozenset(
    ["to", "contiguous", "view", "reshape", "unsqueeze", "squeeze", "flatten", "transpose", "permute", "clone"]
)
_HOPS = 8


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of some data.

    Args:
        data: What they are rows of.
        rows: Their numbers.
    """

    data: object
    rows: tuple[int, ...]

    def is_apart(self, other: Batch) -> bool:
        """Whether both are rows of the same data, as many, and none of them is in both."""
        same = self.data == other.data and len(self.rows) == len(other.rows) > 1
        return same and not set(self.rows) & set(other.rows)


def batch_of(tape: Tape, root: Root, *, by_number: bool = False) -> Batch | None:
    """The rows that a model was called with; None if that is not seen.

    Args:
        tape: The tape.
        root: The call.
        by_number: Whether to follow rows that were picked by their numbers as well.
    """
    for ref in root.inputs:
        found = _followed(tape, ref, by_number=by_number)
        if found is not None:
            return found
    return None


def evaluated_in_turn(step: Step) -> Iterator[tuple[Root, Root, Batch, Batch]]:
    """Two calls of a model in evaluation, one after the other, of batches of different samples.

    They are other rows of the same data, or the same line called it with both, and what stands in the rows says that
    they do not go on.
    """
    tape, last = step.tape, dict[int, Root]()
    for root in step.roots:
        if root.trains or root.last < 0 or not has_parameters(root.module):
            continue
        before, last[id(root.module)] = last.get(id(root.module)), root
        if before is None:
            continue
        one, other = batch_of(tape, before, by_number=True), batch_of(tape, root, by_number=True)
        if one is not None and other is not None and one.data == other.data:
            if one.is_apart(other):
                yield before, root, one, other
            continue
        rows = count_of_others(tape, before, root) if are_of_one_line(before, root) else None
        if rows is not None:
            yield before, root, Batch(before, tuple(range(rows))), Batch(root, tuple(range(rows)))


def are_of_one_line(one: Root, other: Root) -> bool:
    """Whether the same instruction called a model twice, on the same way there."""
    first, second = one.spot, other.spot
    while first is not None and second is not None:
        if first.code is not second.code or first.instruction != second.instruction:
            return False
        first, second = first.caller, second.caller
    return first is second and one.spot is not None


def _followed(tape: Tape, ref: Ref, *, by_number: bool) -> Batch | None:
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        draw = tape.drawn.get(ref.node)
        if draw is not None:
            return Batch(draw.data, draw.rows)
        found = _cut(tape, node, ref.out) or _in_memory(tape, ref) or (_picked(tape, node) if by_number else None)
        if found is not None:
            return found
        if not _keeps_rows(tape, node):
            return None
        ref = node.parents[0]
    return None


def _in_memory(tape: Tape, ref: Ref) -> Batch | None:
    """Rows that were cut where nobody listened: they lie in the memory of all of them still."""
    held = tape.held.get(ref) if tape.nodes[ref.node].function is None else None
    if held is None or held.dim() == 0 or len(held) < 2 or held.stride(0) < 1:
        return None
    memory, each = held.untyped_storage(), held.stride(0)
    first, is_between = divmod(int(held.storage_offset()), each)
    if is_between or memory.nbytes() // held.element_size() < each * (len(held) + 1):
        return None
    return Batch((memory.data_ptr(), each), tuple(range(first, first + len(held))))


def _keeps_rows(tape: Tape, node: Node) -> bool:
    """Whether all rows go on: also as one step of each, ``x[:, t]``, or ``x[t]`` with time in front."""
    if len(node.parents) != 1 or (node.name != "__getitem__" and node.name not in _PASSES):
        return False
    if node.name in _PASSES:
        return True
    part = node.args[1][0] if isinstance(node.args[1], tuple) and node.args[1] else node.args[1]
    is_turned = tape.nodes[node.parents[0].node].name in ("transpose", "permute", "movedim")
    return part in (slice(None), Ellipsis) if type(part) is not int else is_turned


def _picked(tape: Tape, node: Node) -> Batch | None:
    """Rows that were picked by their numbers."""
    if node.name not in ("__getitem__", "index_select") or node.root >= 0 or len(node.parents) != 2:
        return None
    numbers = tape.held.get(node.parents[1]) if node.args[-1] == node.parents[1] else None
    if numbers is None or numbers.ndim != 1 or numbers.dtype not in (torch.int64, torch.int32):
        return None
    return Batch(node.parents[0], tuple(numbers.tolist())) if len(numbers) > 1 else None


def _cut(tape: Tape, node: Node, out: int) -> Batch | None:
    """Rows cut out of a tensor that was there before: ``x[i : i + n]``, or one piece of ``x.split(n)``."""
    source = node.parents[0] if len(node.parents) == 1 else None
    if source is None or node.root >= 0 or not node.shapes[out]:
        return None
    size = tape.shape(source)[0] if tape.shape(source) else 0
    if node.name == "__getitem__" and len(node.args) > 1:
        part = node.args[1][0] if isinstance(node.args[1], tuple) and node.args[1] else node.args[1]
        is_plain = isinstance(part, slice) and all(
            item is None or type(item) is int for item in (part.start, part.stop, part.step)
        )
        rows = tuple(range(*part.indices(size))) if is_plain and isinstance(part, slice) else ()
        return Batch(source, rows) if 1 < len(rows) < size else None
    if node.name in ("split", "chunk") and node.argument(2, "dim", default=0) == 0:
        first = sum(shape[0] for shape in node.shapes[:out])
        return Batch(source, tuple(range(first, first + node.shapes[out][0])))
    return None
