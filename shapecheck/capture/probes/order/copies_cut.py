"""Copies of samples, such as the beams of a search, that an evaluation cuts into groups of other samples' copies."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.rows.copies import Copies, copies_along
from shapecheck.capture.instruments.rows.copies_apart import other_arrangement
from shapecheck.capture.instruments.trials.separation import difference, items_of, replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, exchanged, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS, SPLITS
from shapecheck.findings import Fix
from shapecheck.reading.vocabulary import DRAWN_LIKE

# What is drawn for a tensor is drawn for its shape alone.
_MOST = 4


def copies_cut(step: Step) -> Iterator[Sighting]:
    """Copies in the one arrangement that go through a model, and whose rows are cut as if they were in the other.

    Of evaluations only: in training the terms of the loss tell it.
    """
    if any(root.training and root.graded for root in step.roots):
        return
    found = list(copies_along(step))
    looked_at = 0
    for copies in found:
        for index in descendants(step.tape, {Ref(copies.node.index)}, step.order):
            cut = step.node(index)
            if not _is_cut_otherwise(step, copies, cut) or cut.parents[0] not in step.learned:
                continue
            looked_at += 1
            if looked_at > _MOST:
                return
            alike = [one for one in found if _is_like(one, copies) and one.node.spot is not None]
            if alike and _are_torn(step, copies, cut.parents[0]):
                if _is_of_views(copies):
                    yield _told_of_views(copies, cut)
                    return
                yield _told(copies, alike, cut)
                return


def _is_cut_otherwise(step: Step, copies: Copies, cut: Node) -> bool:
    """Whether rows are cut into groups of neighbours where copies are far apart, or the other way round."""
    if not cut.parents or not cut.shapes or step.tape.shape(cut.parents[0])[:1] != (copies.size * copies.count,):
        return False
    groups, each = (copies.size, copies.count) if copies.is_tiled else (copies.count, copies.size)
    if cut.name in SPLITS:
        return len(cut.shapes) == groups and all(shape[:1] == (each,) for shape in cut.shapes)
    if cut.name not in CUTS | {"unflatten"} or not cut.shapes[0]:
        return False
    # All that belongs to a group may be put into one row: ``view(batch_size, beam_size * vocabulary)``.
    is_whole = copies.is_tiled and len(cut.shapes[0]) == 2 and cut.shapes[0][0] == groups
    return cut.shapes[0][:2] == (groups, each) or is_whole


def _are_torn(step: Step, copies: Copies, rows: Ref) -> bool:
    """Whether each sample moves rows of several groups, and rows of one group alone with the copies rearranged."""
    return _is_moved(step, copies, rows, {}, copies.is_tiled) and _is_moved(
        step, copies, rows, {copies.node.index: copies.rearranged()}, not copies.is_tiled
    )


def _is_moved(step: Step, copies: Copies, rows: Ref, instead: dict[int, Run], is_tiled: bool) -> bool:
    """Whether each sample that is replaced moves the rows that its copies are, and no other."""
    order = ancestors(step.tape, [rows], step.first)
    size, count = copies.size, copies.count
    try:
        base = replay(step.tape, order, instead=instead)
        value = base[copies.source] if copies.source in base else step.tape.held[copies.source]
        behind = [
            index for index in descendants(step.tape, {copies.source}, order) if step.node(index).name not in DRAWN_LIKE
        ]
        for item in items_of(size, 4):
            changed = {copies.source: replaced_item(value, copies.axis, item)}
            after = replay(step.tape, behind, changed, instead, base)
            moved = difference(base[rows], after[rows]).reshape(size * count, -1).any(1)
            wanted = torch.zeros(size * count, dtype=torch.bool)
            wanted[torch.arange(count) * size + item if is_tiled else torch.arange(count) + item * count] = True
            if not torch.equal(moved.cpu(), wanted):
                return False
    except Exception:
        # What cannot be run again is not judged.
        return False
    return True


def _is_of_views(copies: Copies) -> bool:
    return copies.node.name == "cat" and len(set(copies.node.parents)) > 1


def _told_of_views(copies: Copies, cut: Node) -> Sighting:
    line = copies.node.spot.line if copies.node.spot is not None else 0
    text = (
        f"{copies.count} views of {copies.size} samples are set under one another in line {line}, so that those of a "
        f"sample are far apart; here their rows are cut into {copies.size} groups of neighbours: with one sample "
        "replaced, rows of several groups moved"
    )
    shape = cut.shapes[0]
    is_plain = cut.name in ("view", "reshape") and shape[:2] == (copies.size, copies.count)
    edits = exchanged(cut, 0, ".transpose(0, 1)") if is_plain else ()
    title = f"view({copies.count}, {copies.size}, ...).transpose(0, 1)"
    return sighted("copies_in_another_order", cut, text, (Fix(title, edits, "no"),))


def _is_like(one: Copies, other: Copies) -> bool:
    mine, others = ((each.size, each.count, each.is_tiled, _is_of_views(each)) for each in (one, other))
    return mine == others


def _told(copies: Copies, alike: list[Copies], cut: Node) -> Sighting:
    how = "under one another, so that copies of a sample are far apart" if copies.is_tiled else "next to each other"
    groups = copies.size if copies.is_tiled else copies.count
    line = cut.spot.line if cut.spot is not None else 0
    text = (
        f"{copies.count} copies of each of {copies.size} samples stand {how}; in line {line} their rows are cut into "
        f"{groups} groups of neighbours: with one sample replaced, rows of several groups moved, and of one alone with "
        "the copies the other way"
    )
    first = min(alike, key=lambda one: one.node.index)
    title, _ = other_arrangement(first)
    edits = {edit for one in alike for edit in other_arrangement(one)[1]}
    if len(edits) < len({one.node.spot.line for one in alike if one.node.spot is not None}):
        edits = set()
    fix = Fix(title, tuple(sorted(edits, key=lambda edit: edit.line)), "call", "each group belongs to one sample")
    return sighted("copies_in_another_order", first.node, text, (fix,))


PROBE = Probe(
    "copies of a sample are grouped as they stand",
    lambda look: copies_cut(look.step),
    of_followed=True,
)
