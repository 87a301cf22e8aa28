"""Sequences of several lengths that a script goes on from at the last step of all, which for most of them is filler."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.padding.padded import Padding, paddings
from shapecheck.capture.instruments.steps.last_steps import last_steps
from shapecheck.capture.instruments.tensors.taken import numbers_taken
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Values, ancestors, descendants, replay
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, HANDS_ON
from shapecheck.findings import Fix

_CHOOSES = frozenset(["where", "__getitem__", "__setitem__", "masked_select", "masked_fill", "masked_fill_"])
_PICKS = frozenset(["__getitem__", "select", "index_select", "masked_select"])


def padding_gone_on_from(step: Step) -> Iterator[Sighting]:
    """``out[:, -1]`` of prompts with filler behind them, where an evaluation writes on or measures.

    It counts only where the filler moves what was taken, and moves nothing at the own last step of any sequence: there
    the same model says what it has read of the sequence alone. What training takes as well, the loss is asked about.
    """
    if any(root.training and root.graded for root in step.roots):
        return
    nodes = step.recorded
    for padding in paddings(step):
        if not padding.is_behind or not padding.depends_on_others or not _is_known(step, padding):
            continue
        for remedy in last_steps(step, padding, nodes):
            node = remedy.node
            if _is_trained(step, node) or not _is_handed_on(step, node) or not _is_beyond(step, padding, node):
                continue
            if _is_chosen(step, padding, node) or _has_own_beside(step, padding, node):
                continue
            why = padding.why if padding.is_said else "a loss leaves out what stands there"
            text = (
                f"{int(padding.hidden.sum())} of {padding.hidden.numel()} positions are padding ({why}), and "
                f"{remedy.text}: with other content in these alone what is taken here moved, and nothing at the own "
                "last step of a sequence"
            )
            yield sighted("last_padded_step", node, text, (Fix(remedy.title, remedy.edits, "no"),))
            return


def _is_known(step: Step, padding: Padding) -> bool:
    """Whether the script says what the filler is: here, or where it had its losses leave it out."""
    value = step.value(padding.source)
    fillers = value[padding.hidden].unique() if value.shape == padding.hidden.shape else value[:0]  # type: ignore[no-untyped-call]
    losses = (node for node in step.tape.nodes[: step.first] if node.name in CLASS_LOSSES)
    return padding.is_said or (len(fillers) == 1 and int(fillers[0]) in map(ignored_label, losses))


def _is_trained(step: Step, node: Node) -> bool:
    """Whether the same instruction took it in training."""
    return any(other.graded and other.repeats(node) for other in step.tape.nodes[: step.first])


def _is_handed_on(step: Step, node: Node) -> bool:
    """Whether a model, or a part of one, is given what was taken as it is."""
    held = set(node.outs)
    for index in range(node.index + 1, step.last):
        other = step.node(index)
        if other.name in HANDS_ON and held & set(other.parents[:1]):
            held.add(Ref(index))
        elif held & set(other.parents) and step.tape.has_parameter(other):
            return True
    return False


def _is_beyond(step: Step, padding: Padding, node: Node) -> bool:
    """Whether the filler moves the last step of all in each sequence that has some, and no sequence's own last step."""
    source, base = node.parents[0], step.run()
    if source not in base or len(padding.contents) != 1:
        return False
    value = step.value(padding.contents[0])
    other = torch.where(_beside(padding.hidden, value), value * -0.5 + 1.0, value)
    after = step.changed(padding.contents[0], other)
    if source not in after:
        return False
    moved = difference(base[source], after[source])
    count, steps = padding.along_last().shape
    along = moved if moved.shape[:2] == (count, steps) else moved.transpose(0, 1)
    if along.shape[:2] != (count, steps):
        return False
    rows = along.reshape(count, steps, -1).any(-1)
    own = rows[torch.arange(count), padding.last_steps]
    is_beyond = not bool(own.any()) and torch.equal(rows[:, -1], padding.lengths < steps)
    return is_beyond and not _is_left_alone(step, node, base, after)


def _is_left_alone(step: Step, node: Node, base: Values, after: Values) -> bool:
    """Whether all that is picked of something made of it is what the filler did not move."""
    for index in descendants(step.tape, {node.ref}, range(node.index + 1, step.last)):
        for whole in step.node(index).parents[:1]:
            readers = step.readers(whole)
            if whole not in after or not readers or any(reader.name not in _PICKS for reader in readers):
                continue
            parts = [reader.ref for reader in readers]
            moved = [bool(difference(base[ref], after[ref]).any()) for ref in (whole, *parts) if ref in after]
            if moved == [True] + [False] * len(parts):
                return True
    return False


def _is_chosen(step: Step, padding: Padding, node: Node) -> bool:
    """Whether something made of it is kept, or replaced, for just the sequences that have no filler."""
    are_whole = padding.lengths == padding.along_last().shape[1]
    for index in descendants(step.tape, {node.ref}, range(node.index + 1, step.last)):
        other = step.node(index)
        for ref in other.parents if other.name in _CHOOSES else ():
            if step.tape.dtype(ref) is not torch.bool:
                continue
            rows = replay(step.tape, ancestors(step.tape, [ref], step.first)).get(ref, step.tape.held.get(ref))
            if rows is not None and any(torch.equal(rows.flatten(), some) for some in (are_whole, ~are_whole)):
                return True
    return False


def _has_own_beside(step: Step, padding: Padding, node: Node) -> bool:
    """Whether the own last step of each sequence is taken of the same as well, beside what is behind it."""
    rows = torch.arange(len(padding.lengths))
    for other in step.recorded:
        if other.index == node.index or other.name not in _PICKS or other.parents[:1] != node.parents[:1]:
            continue
        taken = numbers_taken(step, other)
        if taken is None:
            continue
        numbers, found = taken
        laid = numbers if numbers.shape[:2] == padding.along_last().shape else numbers.transpose(0, 1)
        if laid.shape[:2] == padding.along_last().shape and torch.equal(found, laid[rows, padding.last_steps]):
            return True
    return False


def _beside(hidden: Tensor, value: Tensor) -> Tensor:
    return hidden.reshape(*hidden.shape, *[1] * (value.ndim - 2))


PROBE = Probe(
    "what is gone on from is the last step of each sequence",
    lambda look: padding_gone_on_from(look.step),
    in_evaluation=True,
    of_followed=True,
)
