"""Rows that were repeated: do the copies of one sample meet what belongs to that sample?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.probes.replay import Run, ancestors, descendants
from shapecheck.capture.probes.separation import difference, items_of, replaced_item
from shapecheck.capture.probes.sighting import Sighting, sighted
from shapecheck.capture.probes.step import Step
from shapecheck.capture.probes.tape import Node, Ref, Tape
from shapecheck.findings import Fix

_ROWS_STAY = frozenset(
    [
        "to",
        "long",
        "float",
        "clone",
        "contiguous",
        "detach",
        "unsqueeze",
        "squeeze",
        "__getitem__",
        "cat",
        "int",
        "double",
    ]
)
_MERGES = frozenset(["reshape", "view", "flatten"])
_DRAWS = frozenset(["rand", "randn", "randint", "rand_like", "randn_like", "randint_like", "normal", "bernoulli"])
_HOPS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Rows that were copied.

    Args:
        node: What made the copies.
        source: What was copied.
        size: How many rows it has.
        count: How many copies there are of each.
        is_tiled: Whether the whole was set under itself, so that copies of a row are ``size`` rows apart.
    """

    node: Node
    source: Ref
    size: int
    count: int
    is_tiled: bool

    def rearranged(self) -> Run:
        """The same copies in the other arrangement."""

        def run(*args: Any, **kwargs: Any) -> Tensor:
            out: Tensor = self.node.function(*args, **kwargs)  # type: ignore[misc]
            sizes = (self.count, self.size) if self.is_tiled else (self.size, self.count)
            return out.reshape(*sizes, *out.shape[1:]).transpose(0, 1).reshape(out.shape)

        return run


@dataclass(frozen=True, slots=True, eq=False)
class Partner:
    """Something with one group of rows for each row that was copied, and how to replace one group of it."""

    ref: Ref
    changed: Callable[[Tensor, int], Tensor]


def repeated(step: Step) -> Iterator[Sighting]:
    """Copies that meet another sample's rows, where in the other arrangement they would meet their own."""
    found = list(_copies(step))
    for copies in found:
        for partner in _partners(step, copies, found):
            if _belongs(step, partner.ref, copies):
                continue
            try:
                if _agreement(step, copies, partner, None) != "none":
                    continue
                if _agreement(step, copies, partner, {copies.node.index: copies.rearranged()}) != "all":
                    continue
            except RuntimeError:
                continue
            yield _told(step, copies, partner)
            return


def _told(step: Step, copies: Copies, partner: Partner) -> Sighting:
    how = "under one another, so that copies of a sample are far apart" if copies.is_tiled else "next to each other"
    ndim = len(copies.node.shapes[0])
    dims = ", ".join([str(copies.count), *["1"] * (ndim - 1)])
    title = f"repeat_interleave({copies.count}, dim=0)" if copies.is_tiled else f"repeat({dims})"
    text = (
        f"{copies.count} copies of each of {copies.size} samples stand {how}; with sample k replaced, other rows moved "
        f"than with the rows that {step.tape.shape(partner.ref)} has for sample k"
    )
    fix = Fix(title, (), "call", "tried: the copies of each sample meet its own rows")
    return sighted("copies_in_another_order", copies.node, text, (fix,))


def _copies(step: Step) -> Iterator[Copies]:
    for index in step.order:
        node = step.node(index)
        if index not in step.to_loss or not node.parents or not node.shapes or not node.shapes[0]:
            continue
        made = _copied(step.tape, node)
        if made is not None:
            source, is_tiled = made
            shape, rows = step.tape.shape(source), node.shapes[0][0]
            if shape and 1 < shape[0] < rows and rows % shape[0] == 0 and rows != shape[0] ** 2:
                yield Copies(node, source, shape[0], rows // shape[0], is_tiled)


def _copied(tape: Tape, node: Node) -> tuple[Ref, bool] | None:
    """What a node makes copies of along its first axis, and whether as a whole; None if it does nothing of the kind."""
    source = node.parents[0]
    shape, out = tape.shape(source), node.shapes[0]
    if node.name in ("repeat", "tile"):
        return (source, True) if len(shape) == len(out) and shape[1:] == out[1:] else None
    if node.name == "repeat_interleave":
        along = node.kwargs.get("dim", node.args[2] if len(node.args) > 2 else None)
        plain = len(shape) == 1 or along in (0, -len(shape))
        return (source, False) if plain and len(node.parents) == 1 and shape[1:] == out[1:] else None
    if node.name in ("cat", "concat") and len(node.parents) > 1 and len(set(node.parents)) == 1:
        return (source, True) if shape[1:] == out[1:] else None
    if node.name in _MERGES and tape.nodes[source.node].name in ("expand", "repeat", "expand_as"):
        # x[:, None].expand(-1, n, -1).reshape(-1, ...), or the same with the new axis in front.
        spread = tape.nodes[source.node].parents[0]
        before, after = tape.shape(spread), shape
        if len(before) == len(after) > 2 and before[2:] == after[2:] and out[0] == after[0] * after[1]:
            for new in (0, 1):
                if before[new] == 1 and after[new] > 1 and before[1 - new] == after[1 - new] > 1:
                    rows = tape.nodes[spread.node].parents[0] if tape.nodes[spread.node].parents else None
                    if rows is not None and tape.shape(rows)[:1] == (before[1 - new],):
                        return rows, new == 0
    return None


def _partners(step: Step, copies: Copies, found: list[Copies]) -> Iterator[Partner]:
    size, count = copies.size, copies.count
    for ref in [*step.inputs, *step.targets]:
        shape = step.tape.shape(ref)
        if step.tape.nodes[ref.node].name in _DRAWS:
            # Any order of these is as good as another.
            continue
        if shape[:2] == (size, count):
            yield Partner(ref, lambda value, item: replaced_item(value, 0, item))
        elif shape[:2] == (count, size):
            yield Partner(ref, lambda value, item: replaced_item(value, 1, item))
        elif shape[:1] == (size * count,):
            is_tiled = _arrangement(step, ref, size, count)
            if is_tiled is not None:
                sizes, axis = ((count, size), 1) if is_tiled else ((size, count), 0)
                yield Partner(ref, _in_groups(sizes, axis))
    for other in found:
        if other is not copies and (other.size, other.count) == (size, count):
            yield Partner(other.source, lambda value, item: replaced_item(value, 0, item))


def _in_groups(sizes: tuple[int, int], axis: int) -> Callable[[Tensor, int], Tensor]:
    def changed(value: Tensor, item: int) -> Tensor:
        return replaced_item(value.reshape(*sizes, *value.shape[1:]), axis, item).reshape(value.shape)

    return changed


def _arrangement(step: Step, ref: Ref, size: int, count: int) -> bool | None:
    """Whether rows of one sample lie ``size`` rows apart (True) or next to each other (False); None if nothing says."""
    value = step.value(ref)
    rows = value.reshape(len(value), -1)
    seen = {
        is_tiled
        for is_tiled in (False, True)
        if _has_common_column(
            rows.reshape(count, size, -1).transpose(0, 1) if is_tiled else rows.reshape(size, count, -1)
        )
    }
    return seen.pop() if len(seen) == 1 else _by_making(step.tape, ref, size, count)


def _has_common_column(groups: Tensor) -> bool:
    """Whether some column has one value in each group, others in other groups, and that is no accident."""
    same = (groups == groups[:, :1]).all(1).all(0)
    for column in same.nonzero().flatten().tolist()[:4]:
        kinds = len(groups[:, :, column].unique())  # type: ignore[no-untyped-call]
        if kinds > 1 and kinds ** -(groups.shape[0] * (groups.shape[1] - 1)) < 1e-4:
            return True
    return False


def _by_making(tape: Tape, ref: Ref, size: int, count: int) -> bool | None:
    open_refs, seen = [(ref, 0)], set()
    while open_refs:
        at, hops = open_refs.pop()
        node = tape.nodes[at.node]
        if at in seen or hops > _HOPS or not node.parents or node.shapes[0][:1] != (size * count,):
            continue
        seen.add(at)
        made = _copied(tape, node)
        if made is not None:
            return made[1] if tape.shape(made[0])[0] == size else None
        before = tape.shape(node.parents[0])
        if node.name in _MERGES and before[:2] in ((size, count), (count, size)):
            return before[:2] == (count, size)
        if node.name in _ROWS_STAY:
            open_refs += [(parent, hops + 1) for parent in node.parents]
    return None


def _belongs(step: Step, ref: Ref, copies: Copies) -> bool:
    """Whether one was made of the other, so that it cannot be replaced alone."""
    above = {copies.source.node, *ancestors(step.tape, [copies.source], step.first)}
    read = {parent for index in above for parent in step.node(index).parents}
    return ref == copies.source or ref in read or ref.node in above


def _agreement(step: Step, copies: Copies, partner: Partner, instead: dict[int, Run] | None) -> str:
    """For how many samples k the copies move the rows that group k of the partner moves: ``"all"``, ``"none"``."""
    merge = _merge(step, copies, partner)
    if merge is None:
        return ""
    base = step.run_with(instead)
    source, other = step.value(copies.source), step.value(partner.ref)
    same = different = 0
    for item in items_of(copies.size, 4):
        one = step.changed(copies.source, replaced_item(source, 0, item), instead)
        two = step.changed(partner.ref, partner.changed(other, item), instead)
        if merge not in one or merge not in two:
            return ""
        rows = [_rows(difference(base[merge], after[merge]), copies.size * copies.count) for after in (one, two)]
        if (
            rows[0] is None
            or rows[1] is None
            or {int(each.sum()) for each in rows if each is not None} != {copies.count}
        ):
            return ""
        if torch.equal(rows[0], rows[1]):
            same += 1
        else:
            different += 1
    return "all" if not different else "none" if different > same else ""


def _merge(step: Step, copies: Copies, partner: Partner) -> Ref | None:
    """The first tensor that depends on both, each by an operand of its own."""
    mine = {Ref(copies.node.index)}
    theirs = {partner.ref}
    order = [index for index in step.order if index in step.to_loss]
    mine_nodes = set(descendants(step.tape, mine, order))
    theirs_nodes = set(descendants(step.tape, theirs, order))
    for index in order:
        if index in mine_nodes and index in theirs_nodes and copies.size * copies.count in step.node(index).shapes[0]:
            return Ref(index)
    return None


def _rows(moved: Tensor, size: int) -> Tensor | None:
    axes = [axis for axis in range(moved.ndim) if moved.shape[axis] == size]
    if len(axes) != 1:
        axes = axes[:1] if axes and axes[0] == 0 else []
    if not axes:
        return None
    return moved.movedim(axes[0], 0).reshape(size, -1).any(1)


__all__ = ["repeated"]
