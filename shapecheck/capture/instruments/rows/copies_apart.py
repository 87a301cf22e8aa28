"""Copies of what belongs to a sample, such as its mask for each head: do they meet that sample and no other?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.rows.arrangement import arrangement_of_data
from shapecheck.capture.instruments.rows.copies import Copies, copies_in
from shapecheck.capture.instruments.trials.edits import Primary, replaced_text
from shapecheck.capture.instruments.trials.separation import Moves, is_apart, is_mixed, probe
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix


def copies_apart(step: Step, ways: list[Way]) -> Iterator[Sighting]:
    """Samples that meet in terms of the loss, and would not if the copies of each stood the other way."""
    found = [copies for copies in copies_in(step) if copies.node.spot is not None]
    goals = [term.ref for term in step.terms]
    for way in ways if found and goals else ():
        if way.apart or 0 not in way.moves or not is_mixed(way.moves[0], goals):
            continue
        size = step.tape.shape(way.source)[0]
        behind = set(descendants(step.tape, {way.source}, step.order))
        mending = list[Copies]()
        for copies in found:
            if copies.size != size or copies.node.index not in behind:
                continue
            instead: dict[int, Run] = {
                other.node.index: other.rearranged() for other in found if _is_same_place(copies.node, other.node)
            }
            try:
                others = [one for one in ways if one.apart and one.source != way.source]
                after = probe(step, way.source, 0, instead)
                if not is_apart(after, goals) or not _are_groups(after, goals, copies):
                    continue
                kept = (probe(step, one.source, one.apart[0], instead) for one in others)
                if not all(is_apart(moves, goals, but_clipped=True) for moves in kept):
                    continue
            except Exception:
                # It does not fit, so it was not meant.
                continue
            mending.append(copies)
        if mending:
            yield _told(step, way, _wrong(step, mending))
            return


def _wrong(step: Step, mending: list[Copies]) -> Copies:
    """Which of several copies to change, any of which would do: those that lie otherwise than the data does."""
    first = mending[0]
    if len({copies.is_tiled for copies in mending}) > 1:
        is_tiled = arrangement_of_data(step, first.size, first.count)
        others = [copies for copies in mending if is_tiled is not None and copies.is_tiled != is_tiled]
        return others[0] if others else first
    return first


def _are_groups(moves: Moves, goals: list[Ref], copies: Copies) -> bool:
    """Whether what each sample moves are rows of its own copies, in one arrangement or the other.

    Where a margin cuts most rows off, the few that are left may lie apart by chance.
    """
    rows = copies.size * copies.count
    for masks in (moves.masks(goal) for goal in goals):
        if not masks or masks[0].shape[:1] != (rows,):
            continue
        moved = [mask.reshape(rows, -1).any(1) for mask in masks]
        under = [mask.view(copies.count, copies.size).any(0).sum() for mask in moved]
        beside = [mask.view(copies.size, copies.count).any(1).sum() for mask in moved]
        if max(under) > 1 and max(beside) > 1:
            return False
    return True


def _is_same_place(one: Node, other: Node) -> bool:
    spots = one.spot, other.spot
    return spots[0] is not None and spots[1] is not None and spots[0].span == spots[1].span


def _told(step: Step, way: Way, copies: Copies) -> Sighting:
    how = "under one another, so that copies of a sample are far apart" if copies.is_tiled else "next to each other"
    text = (
        f"{copies.count} copies of each of {copies.size} samples stand {how}; with one sample of the input "
        f"{step.tape.shape(way.source)} replaced, terms of the loss of other samples moved"
    )
    title, edits = other_arrangement(copies)
    fix = Fix(title, edits, "call", "each sample keeps to itself")
    return sighted("copies_in_another_order", copies.node, text, (fix,))


def other_arrangement(copies: Copies, together: int | None = None) -> tuple[str, tuple[Edit, ...]]:
    """The call that makes the same copies in the other arrangement, and the edit, where the call is a plain one.

    Args:
        copies: The copies.
        together: How many of a row are to stand together; see `Copies.rearranged`.
    """
    node, axis = copies.node, copies.axis
    if together is not None:
        blocks = _times(copies, ast.Constant(copies.count // together))
        title = f"repeat_interleave({together}, dim={axis}).repeat({blocks})"
    else:
        title = f"repeat_interleave({copies.count}, dim={axis})" if copies.is_tiled else f"repeat({_times(copies)})"
    call = call_at(node)
    if call is None or not isinstance(call.func, ast.Attribute) or call.func.attr != node.name:
        return title, ()
    value, given = call.func.value, [*call.args]
    if ast.unparse(value) == "torch" and given:
        value = given.pop(0)
    if not isinstance(value, Primary) or not given:
        return title, ()
    if together is not None:
        some = _part_of(given[0], copies.count // together) if node.name == "repeat_interleave" else None
        if some is None or len(given) > 2:
            return title, ()
        new = f"repeat_interleave({some}, dim={axis}).repeat({blocks})"
    elif node.name == "repeat" and not call.keywords and len(given) == len(node.shapes[0]):
        new = f"repeat_interleave({ast.unparse(given[axis])}, dim={axis})"
    elif node.name == "repeat_interleave" and len(given) < 3:
        new = f"repeat({_times(copies, given[0])})"
    else:
        return title, ()
    return title, replaced_text(node.spot.code.co_filename, call, f"{ast.unparse(value)}.{new}")  # type: ignore[union-attr]


def _part_of(count: ast.expr, blocks: int) -> str | None:
    """What stands for the copies of one block where the number of all of them is written; None if nothing does."""
    if isinstance(count, ast.Constant) and isinstance(count.value, int):
        return str(count.value // blocks)
    if isinstance(count, ast.BinOp) and isinstance(count.op, ast.Mult):
        for times, some in ((count.left, count.right), (count.right, count.left)):
            if isinstance(times, ast.Constant) and times.value == blocks:
                return ast.unparse(some)
    return None


def _times(copies: Copies, count: ast.expr | None = None) -> str:
    times = ["1"] * len(copies.node.shapes[0])
    times[copies.axis] = str(copies.count) if count is None else ast.unparse(count)
    return ", ".join(times)
