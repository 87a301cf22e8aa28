"""Items of which each was made of the one before: the axis along which they were put together is time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapecheck.capture.instruments.axes.features_axis import followed
from shapecheck.capture.instruments.tensors.one_item import item_of_index, one_item
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import PRODUCTS, SELECTS, WRITES

# Fewer items than these may hang together by chance; of long series so many are looked at.
_LEAST, _MOST = 4, 24
# Through so many slices one behind the other.
_CUTS = 4
# What lets the rows of a batch look at each other, whatever the shapes.
_MIXES = frozenset(
    ["roll", "flip", "sort", "cumsum", "cumprod", "cdist", "einsum", "index_select", "gather", "softmax", "normalize",
     "multi_head_attention_forward", "scaled_dot_product_attention", "conv1d", "conv2d", "t", "T", "transpose"]
)  # fmt: skip


def steps_axes(tape: Tape, wanted: Sequence[Ref], last: int) -> dict[Ref, int]:
    """Tensor -> the axis along which items lie that were made one of the other.

    Such items were stacked, or written into a tensor one place after the other. Each row of an item must come from the
    same row of the one before: so the rows are samples, and not parts of one thing. The axis is followed through layers
    that leave it, and some steps out of many are steps.

    Args:
        tape: The tape.
        wanted: What they are part of.
        last: How far the tape is read.
    """
    needed = ancestors(tape, wanted, 0)
    read = {*wanted, *(parent for index in needed for parent in tape.nodes[index].parents)}
    found = {
        ref: axis
        for refs, axis, items in [*_stacked(tape, needed), *_written(tape, last)]
        if not read.isdisjoint(refs) and len(items) >= _LEAST and _are_in_turn(tape, items[-_MOST:])
        for ref in refs
        if ref in read
    }
    for _ in range(_CUTS if found else 0):
        found = followed(tape, found, needed, through_layers=True)
        parts = {Ref(index): found[tape.nodes[index].parents[0]] for index in needed if _is_part(tape, index, found)}
        if not parts.keys() - found.keys():
            break
        found |= parts
    return found


def _is_part(tape: Tape, index: int, found: dict[Ref, int]) -> bool:
    """Whether it is a slice of a tensor that leaves all axes where they are."""
    node = tape.nodes[index]
    if node.name != "__getitem__" or node.parents[0] not in found or Ref(index) in found:
        return False
    parts = node.index_parts
    return all(isinstance(part, slice) and part.step in (None, 1) for part in parts)


def _stacked(tape: Tape, order: list[int]) -> Iterator[tuple[list[Ref], int, list[Ref]]]:
    """What was stacked, along which axis, and of what."""
    for node in (tape.nodes[index] for index in order):
        if node.name == "stack" and not node.collated and node.args and isinstance(node.args[0], list | tuple):
            items = [item for item in node.args[0] if isinstance(item, Ref)]
            given = node.argument(1, "dim", default=0)
            if isinstance(given, int) and len(items) == len(node.args[0]):
                yield [node.ref], given % len(node.shapes[0]), items


def _written(tape: Tape, last: int) -> Iterator[tuple[list[Ref], int, list[Ref]]]:
    """Tensors that were filled, all that each was on its way, with what was written last, in the order of writing."""
    filled: dict[tuple[Ref, int], dict[int, Ref]] = {}
    of: dict[Ref, Ref] = {}
    stages: dict[Ref, list[Ref]] = {}
    for index in range(last):
        node = tape.nodes[index]
        if node.name not in WRITES or len(node.parents) < 2:
            continue
        if node.name == "__setitem__":
            base, at = node.parents[0], item_of_index(node.args[1])
            of[Ref(index)] = whole = of.get(base, base)
            stages.setdefault(whole, [whole]).append(Ref(index))
        else:
            view = tape.nodes[node.parents[0].node]
            if view.name not in SELECTS or len(view.args) < 2 or not view.parents:
                continue
            at = one_item(view)
            whole = of.get(view.parents[0], view.parents[0])
        if at is not None and at[0] >= 0 and isinstance(node.args[-1], Ref):
            axis, number = at
            items = filled.setdefault((whole, axis), {})
            items.pop(number % tape.shape(whole)[axis], None)
            items[number % tape.shape(whole)[axis]] = node.args[-1]
    for (whole, axis), items in filled.items():
        if list(items) == sorted(items):
            yield stages.get(whole, [whole]), axis, [*items.values()]


def _are_in_turn(tape: Tape, items: list[Ref]) -> bool:
    """Whether in each item, but for the few at which something begins anew, is something made for the one before."""
    made = [set(ancestors(tape, [item], 0)) for item in items]
    links = [_hangs_on(tape, (made[at - 2], made[at - 1], made[at]), items[at]) for at in range(2, len(made))]
    return None not in links and sum(map(bool, links)) >= max(2, len(links) - len(links) // 4)


def _hangs_on(tape: Tape, made: tuple[set[int], set[int], set[int]], item: Ref) -> bool | None:
    """Whether an item was made of what was new in the one before; None if its rows were not made of the same rows.

    Layers that stand behind each other make one of the other as well: there the modules are other ones.
    """
    first, before, now = made
    handed, own = (before - first) & now, now - before
    if not handed:
        return False
    modules = [{id(tape.nodes[index].module) for index in some} for some in (before - first, own)]
    count = tape.shape(item)[0] if tape.shape(item) else 0
    if modules[0] != modules[1] or not count:
        return None
    kept, lost = {Ref(index) for index in handed}, set[int]()
    for index in sorted(own):
        node = tape.nodes[index]
        mine = [ref for ref in node.parents if Ref(ref.node) in kept]
        if any(ref.node in lost for ref in node.parents) or (mine and not keeps_rows(tape, node, mine, count)):
            lost.add(index)
        elif mine:
            kept.add(Ref(index))
    return None if item.node in lost else item.node in own


def keeps_rows(tape: Tape, node: Node, mine: list[Ref], count: int) -> bool:
    """Whether each row of what a node makes is made of the same row of what it reads."""
    if node.name in _MIXES or not node.shapes or (node.name in PRODUCTS and node.parents[-1] in mine):
        return False
    return all(tape.shape(ref)[:1] == (count,) for ref in mine) and all(shape[:1] == (count,) for shape in node.shapes)
