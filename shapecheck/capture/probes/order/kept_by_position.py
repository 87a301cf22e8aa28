"""What was made of the samples in the order of a data set, and is taken by position beside a shuffled batch of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.axes.reductions import REDUCTIONS, reduced_axes
from shapecheck.capture.instruments.rows.row_order import given_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import MATRIX_PRODUCTS, PRODUCTS, SPLITS
from shapecheck.findings import Fix

_HOPS = 8
_ALIKE = frozenset(["mul", "cosine_similarity"])
_MOVES = frozenset(["index_select", "roll", "flip", "sort"])


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """A batch that a loader put together.

    Args:
        rows: Which items of the data set, in the order of the batch.
        parts: The tensors of the batch, each with the tensor of the data set that its rows are of.
    """

    rows: tuple[int, ...]
    parts: dict[Ref, Ref]


@dataclass(frozen=True, slots=True, eq=False)
class _Taken:
    """Rows that were taken by position: of what, and which."""

    node: Node
    ref: Ref
    of: Ref
    rows: tuple[int, ...]


def kept_by_position(step: Step) -> Iterator[Sighting]:
    """``soft[i * n : (i + 1) * n]`` of what was made of all samples, in a loop over a loader that shuffles them.

    Which row of the data set each row of the batch is, the loader has drawn; what is taken beside it lies in the order
    of the data set. Both must meet row by row: what only stands beside a batch, such as samples that are learned once
    more, or what all of it is compared with, may be of others.
    """
    for drawn in _drawn(step):
        sizes = {step.tape.shape(of)[0] for of in drawn.parts.values()}
        for taken in _taken(step, len(drawn.rows)):
            if taken.rows == drawn.rows or step.tape.shape(taken.of)[0] not in sizes:
                continue
            if _is_made_of(step, taken, drawn) and _meet(step, taken, drawn):
                yield _told(taken, drawn)
                return


def _drawn(step: Step) -> Iterator[_Drawn]:
    """The batches that a step reads anything of, with all of their parts."""
    tape = step.tape
    read = dict.fromkeys(tape.drawn[ref.node].rows for ref in _read(step) if ref.node in tape.drawn)
    for rows in read:
        if rows == tuple(sorted(rows)):
            continue
        parts: dict[Ref, Ref] = {}
        for index, draw in tape.drawn.items():
            items = [tape.nodes[ref.node] for ref in tape.nodes[index].parents] if draw.rows == rows else []
            bases = {item.parents[0] for item in items if _is_item(item)}
            if len(bases) == 1 and all(map(_is_item, items)) and tuple(item.args[1] for item in items) == rows:
                parts[Ref(index)] = bases.pop()
        yield _Drawn(rows, parts)


def _read(step: Step) -> list[Ref]:
    """What a step reads, be it made before."""
    read = {ref for node in step.recorded for ref in node.parents}
    return sorted(read, key=lambda one: (one.node, one.out))


def _is_item(node: Node) -> bool:
    return node.name == "__getitem__" and len(node.parents) == 1 and type(node.args[1]) is int


def _taken(step: Step, count: int) -> Iterator[_Taken]:
    """Runs of rows, one behind the other, as many as a batch has."""
    tape = step.tape
    for ref in _read(step):
        node = tape.nodes[ref.node]
        if tape.shape(ref)[:1] != (count,) or node.root >= 0 or node.function is None or not node.parents:
            continue
        rows = _cut(tape, node, ref)
        of = node.parents[0]
        if rows is None and node.name == "stack" and not node.collated and given_axis(node) in (0, None):
            items = [_item_of(tape, one) for one in node.parents]
            bases = {item[0] for item in items if item is not None}
            rows = tuple(item[1] for item in items if item is not None)
            of = bases.pop() if len(bases) == 1 and len(rows) == count else of
            rows = rows if len(rows) == count else None
        if rows is not None and len(rows) > 1 and list(rows) == list(range(rows[0], rows[0] + count)):
            yield _Taken(node, ref, of, rows)


def _cut(tape: Tape, node: Node, ref: Ref) -> tuple[int, ...] | None:
    """The rows of ``x[first:last]``, or of one piece of ``x.split(n)``."""
    if len(node.parents) != 1:
        return None
    if node.name == "__getitem__":
        part = node.index_parts[0] if node.index_parts else None
        ends = (part.start, part.stop, part.step) if isinstance(part, slice) else ((),)
        if all(end is None or type(end) is int for end in ends) and isinstance(part, slice):
            return tuple(range(*part.indices(tape.shape(node.parents[0])[0])))
    if node.name in SPLITS and node.argument(2, "dim", default=0) == 0:
        first = sum(shape[0] for shape in node.shapes[: ref.out])
        return tuple(range(first, first + node.shapes[ref.out][0]))
    return None


def _item_of(tape: Tape, ref: Ref) -> tuple[Ref, int] | None:
    """The row that one item was made of, whatever was done to it by itself."""
    for _ in range(_HOPS):
        node = tape.nodes[ref.node]
        if len(node.parents) != 1 or node.function is None:
            return None
        if node.name == "unbind" and node.argument(1, "dim", default=0) == 0:
            return node.parents[0], ref.out
        if _is_item(node):
            return node.parents[0], node.args[1]
        ref = node.parents[0]
    return None


def _is_made_of(step: Step, taken: _Taken, drawn: _Drawn) -> bool:
    """Whether what rows were taken of was made of the data set.

    Of the data set itself rows may be taken to be mixed with the batch, unless something was made of each of them, or
    nothing reads those of the batch. What was made batch by batch, in an order that a loader has drawn, lies in that.
    """
    bases = set(drawn.parts.values())
    if taken.of not in bases:
        above = refs_above(step.tape, taken.of)
        draws = [step.tape.drawn[ref.node].rows for ref in above if ref.node in step.tape.drawn]
        return not bases.isdisjoint(above) and all(rows == tuple(sorted(rows)) for rows in draws)
    nodes = (step.tape.nodes[ref.node] for ref in taken.node.parents)
    if taken.node.name == "stack" and not all(node.name == "unbind" or _is_item(node) for node in nodes):
        return True
    own = {ref for ref, of in drawn.parts.items() if of == taken.of}
    return all(own.isdisjoint(node.parents) for node in step.recorded)


def _meet(step: Step, taken: _Taken, drawn: _Drawn) -> bool:
    """Whether rows of both come together in one operation, row by row, on the way to the loss or a measure.

    Rows that were chosen among others, or mixed with all of them, are not where they were. A row that has a product
    with one of its own as well is held against both: that it is far from another one is what is to be learned.
    """
    count = (len(drawn.rows),)
    mine, theirs = {taken.ref}, set(drawn.parts)
    for node in step.recorded:
        if not node.shapes or _moves_rows(step, node):
            continue
        is_mine = not mine.isdisjoint(node.parents)
        is_theirs = not theirs.isdisjoint(node.parents)
        is_joined = node.name == "cat" and given_axis(node) == 0
        if node.name in PRODUCTS | MATRIX_PRODUCTS | {"cdist", "einsum"}:
            is_mine, is_theirs = (bool(node.parents) and node.parents[0] in refs for refs in (mine, theirs))
            if any(not refs.isdisjoint(node.parents[1:]) for refs in (mine, theirs)):
                continue
        if is_mine and is_theirs and not is_joined:
            if _is_contrast(step, node, mine):
                continue
            return True
        if is_joined:
            continue
        outs = {out for out in node.outs if step.tape.shape(out)[:1] == count}
        mine |= outs if is_mine else set()
        theirs |= outs if is_theirs else set()
    return False


def _is_contrast(step: Step, node: Node, mine: set[Ref]) -> bool:
    """Whether what is multiplied with rows of others is multiplied alike with something else that is like them."""
    if node.name not in _ALIKE:
        return False
    shapes = [step.tape.shape(ref) for ref in node.parents]
    others = [other for ref in node.parents if ref not in mine for other in step.readers(ref) if other != node]
    return any(
        other.name == node.name
        and len({*other.parents}) > 1
        and mine.isdisjoint(other.parents)
        and [step.tape.shape(ref) for ref in other.parents] == shapes
        for other in others
    )


def _moves_rows(step: Step, node: Node) -> bool:
    """Whether rows may come to another place, or all of them become one."""
    if node.name in _MOVES or (node.name in REDUCTIONS and 0 in reduced_axes(step, node)):
        return True
    part = node.index_parts[0] if node.name == "__getitem__" and node.index_parts else None
    return isinstance(part, Ref)


def _told(taken: _Taken, drawn: _Drawn) -> Sighting:
    text = (
        f"row 0 of the batch is item {drawn.rows[0]} of the data set, which its loader shuffles, and row 0 of what is "
        f"taken here by position was made of item {taken.rows[0]}; both meet row by row"
    )
    fix = Fix("shuffle=False, or the number of each item from the data set, to take its row by", (), "no")
    return sighted("shuffled_apart", taken.node, text, (fix,))


PROBE = Probe(
    "what lies in the order of a data set is not taken by position beside a shuffled batch of it",
    lambda look: kept_by_position(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
