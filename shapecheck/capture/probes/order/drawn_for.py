"""Copies of the samples that are held against rows which were drawn for them, in another order of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from shapecheck.capture.instruments.rows.copies import Copies, copies_in
from shapecheck.capture.instruments.rows.copies_apart import other_arrangement
from shapecheck.capture.instruments.rows.row_order import KEEPS, given_axis
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS
from shapecheck.findings import Fix

_HOPS = 30
# What draws, for each row of a table of all pairs, some of its columns.
_DRAWS = frozenset(["multinomial", "topk", "argsort", "sort"])
_MEETS = frozenset(
    ["cosine_embedding_loss", "cosine_similarity", "pairwise_distance", "margin_ranking_loss", "triplet_margin_loss",
     "sub", "mul", "cat"]
)  # fmt: skip


def drawn_for(step: Step) -> Iterator[Sighting]:
    """``z.repeat_interleave(2 * k, 0)`` beside ``cat([z[near].flatten(0, 1), z[far].flatten(0, 1)])``.

    Row b of the numbers by which others are picked was drawn for sample b, of a table with a row for each sample.
    """
    found = {copies.node.index: copies for copies in copies_in(step)}
    for node in step.of_loss if found else ():
        if node.name not in _MEETS or len(node.parents) < 2:
            continue
        if node.name == "cat" and given_axis(node) in (0, -len(node.shapes[0])):
            continue
        for one, other in (node.parents[:2], node.parents[1::-1]):
            copies = _copies(step, one, found)
            rows = _drawn(step, other, copies.size, _HOPS) if copies is not None else None
            if copies is None or rows is None or step.tape.shape(one)[:1] != (len(rows),):
                continue
            own = [row % copies.size if copies.is_tiled else row // copies.count for row in range(len(rows))]
            if own != rows and Counter(own) == Counter(rows):
                yield _told(node, copies, own, rows)
                return


def _copies(step: Step, ref: Ref, found: dict[int, Copies]) -> Copies | None:
    """The copies of samples that a tensor is, row by row."""
    for _ in range(_HOPS):
        if ref.node in found:
            return found[ref.node]
        node = step.node(ref.node)
        if not node.parents or node.name not in KEEPS or step.tape.shape(node.parents[0])[:1] != node.shapes[0][:1]:
            return None
        ref = node.parents[0]
    return None


def _drawn(step: Step, ref: Ref, size: int, hops: int) -> list[int] | None:
    """For each row of a tensor the sample that it was drawn for, if it was."""
    node = step.node(ref.node)
    if not node.parents or not hops:
        return None
    whole = node.parents[0]
    shape, before = step.tape.shape(ref), step.tape.shape(whole)
    if node.name == "cat" and given_axis(node) in (0, -len(shape)):
        parts = [_drawn(step, part, size, hops - 1) for part in node.parents]
        return [row for part in parts if part is not None for row in part] if None not in parts else None
    if node.name in CUTS and len(before) > len(shape) and before[:1] == (size,) and shape[:1] == (size * before[1],):
        return [row for row in range(size) for _ in range(before[1])] if _is_picked(step, whole, size, hops) else None
    if node.name in KEEPS and before[:1] == shape[:1] and node.name not in CUTS:
        return _drawn(step, whole, size, hops - 1)
    return None


def _is_picked(step: Step, ref: Ref, size: int, hops: int) -> bool:
    """Whether row b of a tensor holds what was picked for sample b, by numbers drawn from a row of all pairs."""
    node = step.node(ref.node)
    if not node.parents or not hops:
        return False
    if node.name == "cat" and given_axis(node) == 1:
        return all(_is_picked(step, part, size, hops - 1) for part in node.parents)
    if node.name in KEEPS and node.name not in CUTS and step.tape.shape(node.parents[0])[:2] == node.shapes[0][:2]:
        return _is_picked(step, node.parents[0], size, hops - 1)
    if node.name != "__getitem__" or len(node.parents) != 2 or not isinstance(node.args[1], Ref):
        return False
    return step.tape.shape(node.parents[0])[:1] == (size,) and _is_of_pairs(step, node.args[1], size)


def _is_of_pairs(step: Step, numbers: Ref, size: int) -> bool:
    """Whether numbers were drawn row by row from a table with a row and a column for each sample."""
    if len(step.tape.shape(numbers)) != 2 or step.tape.shape(numbers)[0] != size:
        return False
    ref = numbers
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if not node.parents:
            return False
        if node.name in _DRAWS:
            return step.tape.shape(node.parents[0]) == (size, size) and _runs_along_columns(node)
        is_cut = node.name == "__getitem__" and isinstance(node.args[1], tuple) and node.args[1][0] == slice(None)
        if node.name not in CONVERTS and not is_cut:
            return False
        ref = node.parents[0]
    return False


def _runs_along_columns(node: Node) -> bool:
    at = 2 if node.name == "topk" else 1
    given = node.argument(at, "dim", default=-1)
    return node.name == "multinomial" or given in (1, -1)


def _told(node: Node, copies: Copies, own: list[int], rows: list[int]) -> Sighting:
    first = next(at for at, row in enumerate(own) if row != rows[at])
    line = node.spot.line if node.spot is not None else 0
    text = (
        f"row {first} of these copies is sample {own[first]}, and in line {line} it is held against a row that was "
        f"drawn for sample {rows[first]}: the {copies.count} copies of each of {copies.size} samples stand in another "
        "order than what was drawn for them"
    )
    block = next((at for at, row in enumerate(rows) if row != rows[0]), len(rows))
    whole = [row for _ in range(copies.count // block) for row in range(copies.size) for _ in range(block)]
    if whole != rows:
        return sighted("copies_in_another_order", copies.node, text)
    title, edits = other_arrangement(copies, block if block < copies.count else None)
    return sighted("copies_in_another_order", copies.node, text, (Fix(title, edits, "no"),))


PROBE = Probe(
    "copies of the samples meet what was drawn for them",
    lambda look: drawn_for(look.step),
)
