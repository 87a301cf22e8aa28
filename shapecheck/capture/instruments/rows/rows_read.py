"""Which rows of a series a tensor was cut out of, however it came to its shape."""

from __future__ import annotations

from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import SPLITS

_MOST = 5_000
_PARTS = SPLITS | {"unbind"}
Rows = tuple[int, int]


def rows_read(tape: Tape, refs: tuple[Ref, ...], series: frozenset[Ref]) -> list[Rows] | None:
    """The stretches of rows of a series, in whatever scale, that some tensors were cut out of; None if it is too far.

    Args:
        tape: The tape.
        refs: The tensors.
        series: The series, in all scales that count as one.
    """
    found: list[Rows] = []
    seen: set[Ref] = set()
    open_refs = [*refs]
    while open_refs:
        ref = open_refs.pop()
        if ref in seen:
            continue
        seen.add(ref)
        if len(seen) > _MOST:
            return None
        node = tape.nodes[ref.node]
        if ref in series:
            found.append((0, tape.shape(ref)[0]))
        elif node.parents and node.parents[0] in series:
            found.append(_cut(tape, node, ref))
            # What it was picked by is none of its numbers.
        else:
            open_refs += node.parents
    return found


def _cut(tape: Tape, node: Node, ref: Ref) -> Rows:
    size = tape.shape(node.parents[0])[0]
    if node.name == "__getitem__":
        first = node.index_parts[0]
        if isinstance(first, slice) and not any(isinstance(part, Ref) for part in (first.start, first.stop)):
            start, stop, _ = first.indices(size)
            return start, stop
        if isinstance(first, int):
            return first % size, first % size + 1
    axis = node.argument(1 if node.name in ("narrow", "unbind") else 2, "dim", default=0)
    if node.name == "narrow" and axis == 0:
        start, length = node.argument(2, "start"), node.argument(3, "length")
        if isinstance(start, int) and isinstance(length, int):
            return start % size, start % size + length
    if node.name in _PARTS and axis == 0:
        lengths = [shape[0] if node.name != "unbind" else 1 for shape in node.shapes]
        start = sum(lengths[: ref.out])
        return start, start + lengths[ref.out]
    return 0, size
