"""State of a recurrent agent that runs on over ends of episodes which lie within one stretch of several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.episode_ends import PLAIN, cuts, cuts_a_chain
from shapecheck.capture.instruments.steps.rounds import are_consecutive, are_written, rounds_in
from shapecheck.capture.instruments.steps.walks import walks
from shapecheck.capture.instruments.tensors.names import unread_arguments
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.vocabulary import SELECTS
from shapecheck.findings import Fix

_FEWEST = 4
_LOOKED_AT = 4
_TAKES = SELECTS | {"unbind"}


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """Flags of a rollout.

    Args:
        picks: What was picked of them for each step, in any order.
        rows: Where an episode ends, or begins: (steps, samples).
    """

    picks: list[Node]
    rows: Tensor


def runs_on_within(step: Step) -> Iterator[Sighting]:
    """Flags, one a step and a sample, that cut the returns of a stretch, and that what remembers makes nothing of.

    Either a model is given them and never reads them, or it was never told. Where padding begins, the steps end for
    good and nothing leaks: ends of episodes turn there and back within a sample.
    """
    yield from _given_in_vain(step) or _told_to_nobody(step)


def _given_in_vain(step: Step) -> list[Sighting]:
    """Of an argument that is never read, while a state goes from step to step as it came, or a layer walks."""
    for root in step.roots:
        unread = [ref for ref in root.inputs if not _is_read(step, root, ref)]
        value = step.value_of_input(unread[0]) if len(unread) == 1 else None
        if value is None or not are_truths(value):
            continue
        for cell, steps, samples in walks(step, root):
            rows = _by_steps(value.bool(), steps, samples)
            # Which of the two ends an episode is not known.
            if rows is not None and (_are_several(rows) or _are_several(~rows)):
                if cuts_a_chain(step, unread[0], holds_all=True):
                    names = unread_arguments(root.module)
                    known = f"forward() is given {names[0]!r}" if len(names) == 1 else "forward() is given them"
                    end = f"{names[0]}[t]" if len(names) == 1 else "done"
                    return [_told(cell, "", f"{known}, and makes nothing of it", end)]
                return []
    return []


def _told_to_nobody(step: Step) -> list[Sighting]:
    """Of flags that the cells know nothing of: what they remember is replaced, and must not come through a flag.

    That several episodes lie in one row is seen where a flag stands between two others.
    """
    for calls in rounds_in(step):
        if len(calls) < _FEWEST or are_written(step, calls) or not are_consecutive(step, calls):
            continue
        read = _leaves(step, [ref for node in calls for ref in node.parents])
        for ends in _ends(step, calls):
            is_known = bool(_leaves(step, [node.ref for node in ends.picks]) & read)
            if not is_known and _are_several(ends.rows) and _comes_through(step, calls, ends.rows):
                pick = ends.picks[0]
                line = f" (line {pick.spot.line})" if pick.spot is not None else ""
                known = f"what the {calls[0].name} remembers is cut by nothing there"
                return [_told(calls[0], line, known, "done")]
    return []


def _told(cell: Node, line: str, known: str, end: str) -> Sighting:
    text = (
        f"the flags{line} cut the returns where an episode ends, several times in one stretch; {known}: a new episode "
        "begins with what was remembered of the one that has ended"
    )
    fix = Fix(f"the state times (1 - {end}), one factor a row, before the step that begins anew", (), "no")
    return sighted("state_across_episodes", cell, text, (fix,))


def _is_read(step: Step, root: Root, ref: Ref) -> bool:
    """Whether anything is made of a tensor in a call but its items, one by one."""
    items = {ref}
    for index in range(root.first, root.last):
        node = step.node(index)
        if not items.isdisjoint(node.parents):
            if node.name not in _TAKES:
                return True
            items |= set(node.outs)
    return False


def _by_steps(value: Tensor, steps: int, samples: int) -> Tensor | None:
    """What says yes or no of each step, as (steps, samples); None where it is something else."""
    shape = tuple(size for size in value.shape if size != 1)
    if samples == 1:
        return value.reshape(steps, 1) if shape == (steps,) else None
    if shape == (steps, samples):
        return value.reshape(shape)
    return value.reshape(shape).t() if shape == (samples, steps) else None


def _ends(step: Step, calls: list[Node]) -> Iterator[_Ends]:
    sizes = len(calls), calls[0].shapes[-1][-2]
    picked: dict[tuple[Ref, int], list[Node]] = {}
    for node in step.all_of_loss:
        place = _picked(step, node, sizes)
        if place is not None and node.index not in {call.index for call in calls}:
            picked.setdefault((node.parents[0], place), []).append(node)
    for (source, axis), picks in picked.items():
        value = step.known(source)
        if value is None or len(picks) < len(calls) - 1 or not are_truths(value.double()):
            continue
        keeps = _is_kept_by(step, picks[0].ref) if _cut_a_discounted_chain(step, picks) else None
        if keeps is not None:
            rows = value.double().flatten(1)
            yield _Ends(picks, (rows if axis == 0 else rows.t()) == float(keeps))


def _picked(step: Step, node: Node, sizes: tuple[int, int]) -> int | None:
    """Along which axis a node picks the flags of one step, one a sample."""
    shape = step.tape.shape(node.parents[0]) if node.parents else ()
    steps, samples = sizes
    if len(node.parents) != 1 or any(size != 1 for size in shape[2:]) or len(shape) < 2:
        return None
    parts = node.index_parts if node.name == "__getitem__" and len(node.args) > 1 else ()
    if shape[:2] == (steps, samples) and (node.name == "unbind" or _is_item(parts[:1])):
        return 0
    is_beside = len(parts) > 1 and parts[0] == slice(None) and _is_item(parts[1:2])
    return 1 if shape[:2] == (samples, steps) and is_beside else None


def _is_item(parts: tuple[object, ...]) -> bool:
    return len(parts) == 1 and isinstance(parts[0], int) and not isinstance(parts[0], bool)


def _is_kept_by(step: Step, pick: Ref) -> bool | None:
    """Whether a flag of zero is what cuts, and one what keeps; None where no product tells."""
    for node, others in cuts(step, {pick}, PLAIN):
        factor = [ref for ref in node.parents if ref not in others]
        if node.name == "mul" and len(factor) == 1:
            flags, kept = step.value(pick).double().flatten(), step.value(factor[0]).double().flatten()
            if flags.shape == kept.shape and bool((flags == kept).all()):
                return False
            if flags.shape == kept.shape and bool((flags == 1 - kept).all()):
                return True
    return None


def _cut_a_discounted_chain(step: Step, picks: list[Node]) -> bool:
    """Whether what was cut at one time is cut at the next once more, and worth less each time, as returns are."""
    cut = {node.index for node, _ in cuts(step, {node.ref for node in picks}, PLAIN) if node.name == "mul"}
    order = sorted(step.to_loss)
    chained = [at for at in cut if cut & (set(descendants(step.tape, {Ref(at)}, order)) - {at})]
    behind = descendants(step.tape, {Ref(at) for at in chained}, order)
    scaled = [step.node(at) for at in behind if step.node(at).name == "mul"]
    return any(isinstance(item, float) and 0 < item <= 1 for node in scaled for item in node.args)


def _are_several(rows: Tensor) -> bool:
    """Whether for some sample an episode lies between two flags.

    Shape:
        rows: Where an episode ends, or begins: (steps, samples).
    """
    turns = rows.int().diff(dim=0)
    return bool(((turns > 0) & ((turns < 0).cumsum(0) > 0)).any())


def _comes_through(step: Step, calls: list[Node], rows: Tensor) -> bool:
    """Whether what a cell made in front of a flag moves what it makes behind, in each row that has one there."""
    base = step.run()
    places = [at for at in range(1, len(calls) - 1) if bool(rows[at].any())][:_LOOKED_AT]
    for at in places:
        before, after = calls[at - 1].ref, calls[at + 1].ref
        value = step.value(before)
        moved = difference(base[after], step.changed(before, value + torch.ones_like(value))[after])
        each = moved.movedim(-2, 0).flatten(1).any(1)
        if not bool(each[rows[at]].all()):
            return False
    return bool(places)


def _leaves(step: Step, refs: list[Ref]) -> set[Ref]:
    """The data that some tensors were made of."""
    order = ancestors(step.tape, refs, step.first)
    found = {ref for index in order for ref in step.node(index).parents} | set(refs)
    return {ref for ref in found if step.is_leaf(ref) and step.node(ref.node).kind != "parameter"}


PROBE = Probe(
    "no state runs on over the ends of episodes within a stretch",
    lambda look: runs_on_within(look.step),
)
