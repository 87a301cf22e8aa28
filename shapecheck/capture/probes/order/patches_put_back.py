"""Tokens that were made of square patches, and come to lie as stripes in the image that is made of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.axes.features_axis import uncut
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.separation import difference, replaced_item, seen_along
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS
from shapecheck.findings import Edit, Fix

# Rows and columns of an image, each of which is replaced once; and how far behind the image patches are cut out.
_MAX_LINES = 160
_MAX_NODES = 40
Place = tuple[frozenset[int], frozenset[int]]
"""The rows and the columns that belong to a token."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """How many patches there are in a column and in a row, and the size of each."""

    high: int
    wide: int
    height: int
    width: int

    def place(self, token: int) -> Place:
        top, left = token // self.wide * self.height, token % self.wide * self.width
        return frozenset(range(top, top + self.height)), frozenset(range(left, left + self.width))


def patches_put_back(step: Step) -> Iterator[Sighting]:
    """``tokens.view(b, n, p * p, c).reshape(b, h, w, c)``: the pixels of each patch in a row, one patch after another.

    Which pixels a token was made of is seen by replacing rows and columns of the input, and which pixels of the loss it
    answers for by replacing the token.
    """
    for node in step.of_loss:
        if node.name not in CUTS or not node.parents or len(node.shapes[0]) != 4:
            continue
        if all(reader.name in CUTS for reader in step.readers(node)):
            # The last of several reshapes makes the image.
            continue
        # It may have been cut into patches before, of which nothing was turned.
        for tokens, _ in backwards(step.tape, node.parents[0], CUTS | {"unflatten"}, first=step.first):
            found = _told_of(step, node, tokens)
            if found is not None:
                yield found
                return


def _told_of(step: Step, node: Node, tokens: Ref) -> Sighting | None:
    """What is seen where a reshape makes an image of tokens, with their channels last or in front."""
    before, after = step.tape.shape(tokens), node.shapes[0]
    for first, is_last in ((1, True), (2, False)):
        height, width = after[first : first + 2]
        channels = after[3 if is_last else 1]
        if len(before) not in (3, 4) or before[0] != after[0] or before[1] < 4 or height * width % before[1]:
            continue
        if len(before) == 4 and before[3 if is_last else 2] != channels:
            continue
        if (not is_last and uncut(before, after, 1) is not None) or not _may_be_cut(before[1], height, width):
            continue
        grid = _grid(step, tokens, before[1], (height, width))
        if grid is None or not _is_displaced(step, (node, tokens), grid, (height, width), is_last):
            continue
        text = (
            f"each of the {before[1]} tokens was made of {grid.height} by {grid.width} pixels of the input; "
            f"{node.name} of {before} to {after} lays them out one behind the other along the rows, so what a "
            "token says is held against other pixels than those that it was made of"
        )
        title = (
            f"view({before[0]}, {grid.high}, {grid.wide}, {grid.height}, {grid.width}, ...), the two axes in the "
            "middle exchanged, and then the reshape"
        )
        fix = Fix(title, _edits(node, grid, is_last), "call", "each token lies where its pixels are")
        return sighted("patches_not_turned", node, text, (fix,))
    return None


def _may_be_cut(count: int, height: int, width: int) -> bool:
    """Whether an image can be cut into so many rectangles that are no stripes."""
    wide = (at for at in range(2, width // 2 + 1) if width % at == 0 and count % at == 0)
    return any(count // at >= 2 and height % (count // at) == 0 and height >= 2 * (count // at) for at in wide)


def _grid(step: Step, tokens: Ref, count: int, sizes: tuple[int, int]) -> _Grid | None:
    """The patches that tokens were made of, if they are rectangles of an input that has the size of the image."""
    if sum(sizes) > _MAX_LINES:
        return None
    above = set(ancestors(step.tape, [tokens], step.first))
    for source in step.inputs:
        shape = step.tape.shape(source)
        for first in range(len(shape) - 2, 0, -1):
            if shape[first : first + 2] != sizes:
                continue
            order = [index for index in descendants(step.tape, {source}, step.order) if index in above][:_MAX_NODES]
            order = [index for index in order if step.node(index).shapes]
            candidates = [
                (Ref(index), axis)
                for index in order
                for axis, size in enumerate(step.node(index).shapes[0])
                if size == count and axis > 0
            ]
            rows, columns = (_lines(step, source, first + at, order, candidates) for at in (0, 1))
            for ref, axis in candidates:
                grid = _as_grid(rows.get((ref, axis), []), columns.get((ref, axis), []), count)
                if grid is not None:
                    return grid
    return None


Lines = dict[tuple[Ref, int], list[frozenset[int]]]


def _lines(step: Step, source: Ref, axis: int, order: list[int], candidates: list[tuple[Ref, int]]) -> Lines:
    """For each line of an image the tokens that it moves, in all tensors that may hold tokens."""
    found: Lines = {}
    value, known = step.value(source), step.run()
    for line in range(value.shape[axis]):
        after = replay(step.tape, order, {source: replaced_item(value, axis, line)}, None, known)
        for ref, at in candidates:
            moved = difference(known[ref], after[ref])
            hit = seen_along(moved, at)
            found.setdefault((ref, at), []).append(frozenset(hit.nonzero()[:, 0].tolist()))
    return found


def _as_grid(rows: list[frozenset[int]], columns: list[frozenset[int]], count: int) -> _Grid | None:
    """The grid of patches in which each row and each column moves just the tokens that lie on it."""
    wide = len(rows[0]) if rows else 0
    if wide < 2 or count % wide or count // wide < 2 or len(rows) % (count // wide) or len(columns) % wide:
        return None
    grid = _Grid(count // wide, wide, len(rows) // (count // wide), len(columns) // wide)
    if min(grid.height, grid.width) < 2:
        return None
    for token in range(count):
        place = grid.place(token)
        if place != tuple(frozenset(at for at, hit in enumerate(lines) if token in hit) for lines in (rows, columns)):
            return None
    return grid


def _is_displaced(step: Step, made: tuple[Node, Ref], grid: _Grid, sizes: tuple[int, int], is_last: bool) -> bool:
    """Whether no token answers for its own pixels, and with the axes of the image turned each of them does."""
    node, source = made
    tokens = (1, grid.wide, grid.high * grid.wide - 2)
    if any(_answers(step, source, token, sizes, None) in (None, grid.place(token)) for token in tokens):
        return False
    try:
        instead: dict[int, Run] = {node.index: _put_back(grid, node.shapes[0], is_last)}
        return all(_answers(step, source, token, sizes, instead) == grid.place(token) for token in tokens)
    except Exception:
        # It does not fit, so it was not meant.
        return False


def _answers(
    step: Step, source: Ref, token: int, sizes: tuple[int, int], instead: dict[int, Run] | None
) -> Place | None:
    """The pixels of the loss that move with a token; None where the loss does not count pixels."""
    base = step.run_with(instead)
    after = step.changed(source, replaced_item(base[source], 1, token), instead)
    for term in step.terms:
        shape = tuple(base[term.ref].shape)
        moved = difference(base[term.ref], after[term.ref]) if term.ref in after else None
        at = next((at for at in range(len(shape) - 2, 0, -1) if shape[at : at + 2] == sizes), None)
        if moved is None or at is None:
            continue
        lines = (seen_along(moved, axis) for axis in (at, at + 1))
        rows, columns = (frozenset(hit.nonzero()[:, 0].tolist()) for hit in lines)
        return rows, columns
    return None


def _put_back(grid: _Grid, out: tuple[int, ...], is_last: bool) -> Run:
    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        sizes = (len(tensor), grid.high, grid.wide, grid.height, grid.width)
        if is_last:
            return tensor.reshape(*sizes, out[3]).transpose(2, 3).reshape(out)
        return (
            tensor.reshape(len(tensor), grid.high, grid.wide, out[1], *sizes[3:]).permute(0, 3, 1, 4, 2, 5).reshape(out)
        )

    return run


def _edits(node: Node, grid: _Grid, is_last: bool) -> tuple[Edit, ...]:
    call = call_at(node)
    if call is None or not isinstance(call.func, ast.Attribute) or not call.args or call.keywords or not is_last:
        return ()
    given = ast.unparse(call.func.value)
    if given == "torch" or node.spot is None or node.name == "flatten":
        return ()
    sizes = ", ".join(map(ast.unparse, call.args))
    parts = f"{given}.reshape(-1, {grid.high}, {grid.wide}, {grid.height}, {grid.width}, {node.shapes[0][3]})"
    return replaced_text(node.spot.code.co_filename, call, f"{parts}.transpose(2, 3).reshape({sizes})")


PROBE = Probe(
    "tokens made of patches lie where their pixels are",
    lambda look: patches_put_back(look.step),
)
