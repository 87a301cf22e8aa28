"""Rows that a step copies: how often, and whether copies of a row stand together or the whole under itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from math import prod
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CUTS

REPEATS = frozenset(["repeat", "tile", "repeat_interleave"])
_HOPS = 12
_SPREADS = frozenset(["expand", "repeat", "expand_as"])
_WHOLES = frozenset(["repeat", "tile"])
# Of so many numbers it is tried where each of them comes to lie.
_MOST_NUMBERS = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Rows that were copied.

    Args:
        node: What made the copies.
        source: What was copied.
        size: How many rows it has.
        count: How many copies there are of each.
        is_tiled: Whether the whole was set under itself, so that copies of a row are ``size`` rows apart.
        axis: Along which axis.
    """

    node: Node
    source: Ref
    size: int
    count: int
    is_tiled: bool
    axis: int = 0

    def rearranged(self, together: int | None = None) -> Run:
        """The same copies in the other arrangement.

        Args:
            together: How many copies of a row are to stand together, block after block of all rows; None for all of
                them where they were apart, and one where they stood together.
        """
        block = together or (self.count if self.is_tiled else 1)

        def run(*args: Any, **kwargs: Any) -> Tensor:
            out: Tensor = self.node.function(*args, **kwargs)  # type: ignore[misc]
            rows = out.movedim(self.axis, 0)
            sizes = (self.count, self.size) if self.is_tiled else (self.size, self.count)
            grid = rows.reshape(*sizes, *rows.shape[1:])
            by_row = grid.transpose(0, 1) if self.is_tiled else grid
            blocks = by_row.reshape(self.size, -1, block, *rows.shape[1:]).transpose(0, 1)
            return blocks.reshape(rows.shape).movedim(0, self.axis).contiguous()

        return run


def copies_in(step: Step) -> Iterator[Copies]:
    """All copies of rows on the way to the loss."""
    for node in step.of_loss:
        if not node.parents or not node.shapes or not node.shapes[0]:
            continue
        made = copied(step.tape, node)
        if made is not None:
            source, is_tiled = made
            shape, rows = step.tape.shape(source), node.shapes[0][0]
            if shape and 1 < shape[0] < rows and rows % shape[0] == 0 and rows != shape[0] ** 2:
                yield Copies(node, source, shape[0], rows // shape[0], is_tiled)


def copies_along(step: Step) -> Iterator[Copies]:
    """All copies in a step, also along another axis than the first: ``h.repeat(1, n, 1)``."""
    for node in step.nodes:
        if not node.parents or not node.shapes or not node.shapes[0]:
            continue
        made = copied(step.tape, node)
        found = (*made, 0) if made is not None else _copied_within(step.tape, node)
        if found is None:
            viewed = _views(step.tape, node)
            if viewed is None:
                continue
            found = (viewed, True, 0)
        source, is_tiled, axis = found
        size, rows = step.tape.shape(source)[axis], node.shapes[0][axis]
        if 1 < size < rows and rows % size == 0 and rows != size**2:
            yield Copies(node, source, size, rows // size, is_tiled, axis)


def _views(tape: Tape, node: Node) -> Ref | None:
    """What several views of the same samples that are set under one another were made of, as ``cat([x, x.flip(-1)])``.

    Each of them has a row for each sample, and so has all that it was made of since.
    """
    parts = node.parents
    if node.name != "cat" or len(parts) < 2 or len({tape.shape(part)[:1] for part in parts}) != 1:
        return None
    rows = tape.shape(parts[0])[:1]
    if node.shapes[0][0] != rows[0] * len(parts) or len(set(parts)) != len(parts):
        return None
    ways = [[ref for ref, _ in _with_rows(tape, part, rows)] for part in parts]
    return next((ref for ref in ways[0] if all(ref in way for way in ways)), None)


def _with_rows(tape: Tape, ref: Ref, rows: tuple[int, ...]) -> Iterator[tuple[Ref, Node]]:
    return takewhile(lambda one: tape.shape(one[0])[:1] == rows, backwards(tape, ref, None, _HOPS))


def _copied_within(tape: Tape, node: Node) -> tuple[Ref, bool, int] | None:
    """The same along the one axis behind the first that is longer than before."""
    source = node.parents[0]
    shape, out = tape.shape(source), node.shapes[0]
    if node.name in CUTS:
        return _cut_within(tape, source, out)
    longer = [axis for axis, (one, other) in enumerate(zip(shape, out, strict=False)) if one != other]
    if len(shape) != len(out) or len(longer) != 1 or longer[0] == 0 or len(set(node.parents)) != 1:
        return None
    is_copied = node.name in REPEATS or (node.name == "cat" and len(node.parents) > 1)
    return (source, node.name != "repeat_interleave", longer[0]) if is_copied else None


def _cut_within(tape: Tape, spread: Ref, out: tuple[int, ...]) -> tuple[Ref, bool, int] | None:
    """``h[:, None].expand(-1, n, -1, -1).flatten(1, 2)``: a new axis was spread, and laid into one with another."""
    made, after = tape.nodes[spread.node], tape.shape(spread)
    if made.name not in _SPREADS or tape.nodes[made.parents[0].node].parents == ():
        return None
    before = tape.shape(made.parents[0])
    rows = tape.nodes[made.parents[0].node].parents[0]
    new = [axis for axis, (one, other) in enumerate(zip(before, after, strict=False)) if one != other]
    if len(before) != len(after) or len(new) != 1 or before[new[0]] != 1:
        return None
    if tape.shape(rows) != (*before[: new[0]], *before[new[0] + 1 :]):
        return None
    for axis in (new[0], new[0] - 1):
        if axis > 0 and out == (*after[:axis], after[axis] * after[axis + 1], *after[axis + 2 :]):
            return rows, axis == new[0], axis
    return None


def copied(tape: Tape, node: Node) -> tuple[Ref, bool] | None:
    """What a node makes copies of along its first axis, and whether as a whole; None if it does nothing of the kind."""
    source = node.parents[0]
    shape, out = tape.shape(source), node.shapes[0]
    if node.name in ("repeat", "tile"):
        return (source, True) if len(shape) == len(out) and shape[1:] == out[1:] else None
    if node.name == "repeat_interleave":
        along = node.argument(2, "dim")
        plain = len(shape) == 1 or along in (0, -len(shape))
        return (source, False) if plain and len(node.parents) == 1 and shape[1:] == out[1:] else None
    if node.name == "cat" and len(node.parents) > 1 and len(set(node.parents)) == 1:
        return (source, True) if shape[1:] == out[1:] else None
    cut = _cut_of_repeated(tape, node) if node.name in CUTS and tape.nodes[source.node].name in _WHOLES else None
    if cut is not None:
        return cut
    if node.name in CUTS and tape.nodes[source.node].name in _SPREADS:
        # x[:, None].expand(-1, n, -1).reshape(-1, ...), or the same with the new axis in front.
        spread = tape.nodes[source.node].parents[0]
        before, after = tape.shape(spread), shape
        if after[1:] == before and len(before) > 1 and out[0] == after[0] * after[1] and after[0] > 1:
            # x.expand(n, -1, -1) has a new axis in front.
            return spread, True
        if len(before) == len(after) > 2 and before[2:] == after[2:] and out[0] == after[0] * after[1]:
            for new in (0, 1):
                if before[new] == 1 and after[new] > 1 and before[1 - new] == after[1 - new] > 1:
                    rows = tape.nodes[spread.node].parents[0] if tape.nodes[spread.node].parents else None
                    if rows is not None and tape.shape(rows)[:1] == (before[1 - new],):
                        return rows, new == 0
    return None


def _cut_of_repeated(tape: Tape, node: Node) -> tuple[Ref, bool] | None:
    """``h.repeat(1, n, 1).view(b * n, t, -1)``: what was repeated behind the first axis, or with a new one in front.

    Where a copy of each row lies then is tried with numbers.
    """
    made = tape.nodes[node.parents[0].node]
    if len(made.parents) != 1 or len(node.parents) != 1 or prod(node.shapes[0]) > _MOST_NUMBERS:
        return None
    shape = tape.shape(made.parents[0])
    size, rows = (shape[:1] or (0,))[0], node.shapes[0][0]
    if size < 2 or rows <= size or rows % size or made.shapes[0][0] == rows:
        return None
    try:
        numbers = torch.arange(prod(shape)).reshape(shape)
        out = node.function(made.function(numbers, *made.args[1:], **made.kwargs), *node.args[1:], **node.kwargs)  # type: ignore[misc]
        found, whole = out.reshape(rows, -1), numbers.reshape(size, -1)
        order = found[:, 0] // whole.shape[1]
        if found.shape[1] != whole.shape[1] or not torch.equal(found, whole[order]):
            return None
    except Exception:
        # It was told by something that is not a number, or by the numbers themselves.
        return None
    own = torch.arange(size)
    is_tiled = torch.equal(order, own.repeat(rows // size))
    return (made.parents[0], is_tiled) if is_tiled or torch.equal(order, own.repeat_interleave(rows // size)) else None
