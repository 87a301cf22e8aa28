"""Rows that were repeated: do the copies of one sample meet what belongs to that sample?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from torch import Tensor

from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.rows.arrangement import arrangement, arrangement_of_data
from shapecheck.capture.instruments.rows.copies import Copies, copies_in
from shapecheck.capture.instruments.rows.copies_apart import copies_apart, other_arrangement
from shapecheck.capture.instruments.rows.recuts import cut_apart
from shapecheck.capture.instruments.trials.separation import (
    difference,
    is_apart,
    is_mixed,
    items_of,
    probe,
    replaced_item,
)
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.vocabulary import NOISE
from shapecheck.findings import Fix

_DRAWS = NOISE | {"randint"}


@dataclass(frozen=True, slots=True, eq=False)
class Partner:
    """Something with one group of rows for each row that was copied, and how to replace one group of it.

    Args:
        ref: What it is.
        changed: Another value of it, with the group of one row replaced.
        share: How many rows a group has, if it is one of several groups that the copies of a row are for.
        is_copied: Whether it is copied as often.
    """

    ref: Ref
    changed: Callable[[Tensor, int], Tensor]
    share: int | None = None
    is_copied: bool = False


def repeated(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """Copies that meet another sample's rows, where in the other arrangement they would meet their own."""
    found = list(copies_in(step))
    for copies in found:
        cut = _cut_wrongly(step, copies, ways)
        if cut is not None:
            yield cut
            return
        for partner in _partners(step, copies, found):
            if _belongs(step, partner.ref, copies):
                continue
            try:
                if _agreement(step, copies, partner, None) != "none":
                    continue
                if _agreement(step, copies, partner, {copies.node.index: copies.rearranged(partner.share)}) != "all":
                    continue
            except RuntimeError:
                continue
            if partner.is_copied and _is_usual(step, copies, found):
                # Of two kinds of copies in two orders it is the other one that has to change.
                continue
            yield _told(step, copies, partner)
            return
    yield from copies_apart(step, ways)


def _is_usual(step: Step, copies: Copies, found: list[Copies]) -> bool:
    """Whether copies lie as the data does, or else most of all copies."""
    alike = [one.is_tiled for one in found if (one.size, one.count) == (copies.size, copies.count)]
    usual = arrangement_of_data(step, copies.size, copies.count)
    return 2 * alike.count(copies.is_tiled) > len(alike) if usual is None else usual == copies.is_tiled


def _told(step: Step, copies: Copies, partner: Partner) -> Sighting:
    how = "under one another, so that copies of a sample are far apart" if copies.is_tiled else "next to each other"
    text = (
        f"{copies.count} copies of each of {copies.size} samples stand {how}; with sample k replaced, other rows moved "
        f"than with the rows that {step.tape.shape(partner.ref)} has for sample k"
    )
    title, edits = other_arrangement(copies, partner.share)
    fix = Fix(title, edits, "call", "the copies of each sample meet its own rows")
    return sighted("copies_in_another_order", copies.node, text, (fix,))


def _cut_wrongly(step: Step, copies: Copies, ways: list[Way]) -> Sighting | None:
    """A view that takes neighbours for copies of one sample, or the other way round, and hurts nothing if changed."""
    wrong = (copies.size, copies.count) if copies.is_tiled else (copies.count, copies.size)
    goals = [term.ref for term in step.terms]
    for index in descendants(step.tape, {Ref(copies.node.index)}, step.order):
        node = step.node(index)
        if (
            node.name not in ("view", "reshape", "unflatten")
            or index not in step.to_loss
            or node.shapes[0][:2] != wrong
        ):
            continue
        if step.tape.shape(node.parents[0])[:1] != (copies.size * copies.count,):
            continue
        instead: dict[int, Run] = {index: cut_apart(node.shapes[0])}
        try:
            others = [way for way in ways if way.apart and way.source != copies.source]
            seen = (probe(step, way.source, way.apart[0], instead) for way in others)
            kept = all(is_apart(moves, goals, but_clipped=True) for moves in seen)
            kept = kept and all(
                is_apart(probe(step, way.source, 0, instead), goals) for way in _mixed(step, copies, ways)
            )
            before, after = probe(step, copies.source, 0), probe(step, copies.source, 0, instead)
        except RuntimeError:
            continue
        if kept and is_mixed(before, goals) and is_apart(after, goals):
            sizes = ", ".join(map(str, (*wrong[::-1], *node.shapes[0][2:])))
            text = (
                f"{copies.count} copies of each of {copies.size} samples were made, and are cut into groups of other "
                "samples' copies: with one sample replaced, terms of the loss of others moved"
            )
            fix = Fix(f"view({sizes}).transpose(0, 1)", (), "call", "each sample keeps to itself")
            return sighted("copies_in_another_order", node, text, (fix,))
    return None


def _mixed(step: Step, copies: Copies, ways: list[Way]) -> Iterator[Way]:
    """Inputs whose samples meet, and of which the copies were made: a cut that is to blame keeps these apart, too."""
    for way in ways:
        is_mixed = not way.apart and 0 in way.moves and step.tape.shape(way.source)[0] == copies.size
        if is_mixed and copies.node.index in descendants(step.tape, {way.source}, step.order):
            yield way


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
        elif len(shape) > 1 and shape[0] == size and _is_share(shape[1], count):
            # Positives, and behind all of them the negatives: the copies are for both.
            yield Partner(ref, lambda value, item: replaced_item(value, 0, item), shape[1])
        elif shape[:1] == (size * count,):
            is_tiled = arrangement(step, ref, size, count)
            if is_tiled is not None:
                sizes, axis = ((count, size), 1) if is_tiled else ((size, count), 0)
                yield Partner(ref, _in_groups(sizes, axis))
    for other in found:
        if other is not copies and (other.size, other.count) == (size, count):
            yield Partner(other.source, lambda value, item: replaced_item(value, 0, item), is_copied=True)
        elif other.size == size and _is_share(other.count, count):
            sizes, axis = ((other.count, size), 1) if other.is_tiled else ((size, other.count), 0)
            yield Partner(Ref(other.node.index), _in_groups(sizes, axis), other.count)


def _is_share(some: int, count: int) -> bool:
    return 1 < some < count and count % some == 0


def _in_groups(sizes: tuple[int, int], axis: int) -> Callable[[Tensor, int], Tensor]:
    def changed(value: Tensor, item: int) -> Tensor:
        return replaced_item(value.reshape(*sizes, *value.shape[1:]), axis, item).reshape(value.shape)

    return changed


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
    mine, theirs = _sides(step, copies, partner, merge)
    base = step.run_with(instead)
    source, other = step.value(copies.source), step.value(partner.ref)
    count, same, different = copies.size * copies.count, 0, 0
    for item in items_of(copies.size, 4):
        one = step.changed(copies.source, replaced_item(source, 0, item), instead)
        two = step.changed(partner.ref, partner.changed(other, item), instead)
        if mine not in one or theirs not in two:
            return ""
        # What the partner is met as may be the partner itself, which no run computes.
        rows = [
            _rows(difference(base[ref] if ref in base else step.value(ref), after[ref]), count)
            for ref, after in ((mine, one), (theirs, two))
        ]
        if rows[0] is None or rows[1] is None:
            return ""
        if (int(rows[0].sum()), int(rows[1].sum())) != (copies.count, partner.share or copies.count):
            return ""
        if not bool((rows[1] & ~rows[0]).any()):
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
    # A loss is run without its reduction.
    terms = {term.node: term.ref for term in step.terms if term.without_reduction is not None}
    for index in order:
        if index in mine_nodes and index in theirs_nodes:
            if copies.size * copies.count in step.node(index).shapes[0]:
                return Ref(index)
            if index in terms:
                return terms[index]
    return None


def _sides(step: Step, copies: Copies, partner: Partner, merge: Ref) -> tuple[Ref, Ref]:
    """What of both meets there, row by row: a loss with a margin need not move with either of them."""
    order = [index for index in step.order if index in step.to_loss]
    found, rows = list[Ref](), copies.size * copies.count
    for source in (Ref(copies.node.index), partner.ref):
        reached = set(descendants(step.tape, {source}, order)) | {source.node}
        found += [
            ref for ref in step.node(merge.node).parents if ref.node in reached and step.tape.shape(ref)[:1] == (rows,)
        ]
    return (found[0], found[1]) if len(found) == 2 and found[0] != found[1] else (merge, merge)


def _rows(moved: Tensor, size: int) -> Tensor | None:
    axes = [axis for axis in range(moved.ndim) if moved.shape[axis] == size]
    if len(axes) != 1:
        axes = axes[:1] if axes and axes[0] == 0 else []
    if not axes:
        return None
    return moved.movedim(axes[0], 0).reshape(size, -1).any(1)


PROBE = Probe(
    "copies of a sample meet what belongs to it",
    lambda look: repeated(look.step, look.ways),
    of_samples=True,
)
