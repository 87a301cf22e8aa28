"""Sequences that a model is given as a list, sorts by their lengths, and does not put back before the loss."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.trials.separation import difference, replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import ORDERS, TAKES_ROWS
from shapecheck.findings import Fix

_PUTS_TOGETHER = frozenset(["pad_sequence", "pack_sequence", "stack"])
_MOVES = ORDERS | TAKES_ROWS
_LEAST, _MOST = 4, 64


def lists_left_sorted(step: Step) -> Iterator[Sighting]:
    """``pad_sequence([rows[i] for i in order])`` in a model that returns row k for the k-th of the sorted rows.

    Where the model was given them in another order, and row k of the loss hears of the k-th in the new order, the
    targets are those of other rows: they were there before the model sorted anything, and were not sorted since.
    """
    for node in step.all_of_loss:
        order = _order(step, node)
        if order is None or not _is_by_length(step, node):
            continue
        for term in step.terms:
            shape = step.run()[term.ref].shape if term.ref in step.run() else ()
            if shape[:1] != (len(order),) or not _are_targets_as_given(step, node, term.node, order):
                continue
            if all(_rows(step, ref, term.ref) == {row} for row, ref in enumerate(node.parents)):
                yield _told(step, node, order)
                return


def _order(step: Step, node: Node) -> tuple[int, ...] | None:
    """The numbers of the sequences in what a model was given, in the order in which it puts them together."""
    if node.name not in _PUTS_TOGETHER or node.root < 0 or not _LEAST <= len(node.parents) <= _MOST:
        return None
    given = step.tape.roots[node.root].inputs
    parents = node.parents
    if len(set(parents)) < len(parents) or not set(parents) <= set(given):
        return None
    places = [given.index(ref) for ref in parents]
    first = min(places)
    is_run = sorted(places) == [*range(first, first + len(places))]
    return tuple(place - first for place in places) if is_run and places != sorted(places) else None


def _is_by_length(step: Step, node: Node) -> bool:
    lengths = [(*step.tape.shape(ref), 0)[0] for ref in node.parents]
    return lengths in (sorted(lengths), sorted(lengths, reverse=True)) and len(set(lengths)) > 1


def _rows(step: Step, source: Ref, term: Ref) -> set[int]:
    """The rows of a term that hear of a sequence."""
    value = step.value(source)
    try:
        after = step.changed(source, replaced_item(value.unsqueeze(0), 0, 0)[0])
    except Exception:
        return set()
    if term not in after:
        return set()
    moved = difference(step.run()[term], after[term])
    return set(moved.reshape(len(moved), -1).any(1).nonzero().flatten().tolist())


def _are_targets_as_given(step: Step, node: Node, term: int, order: tuple[int, ...]) -> bool:
    """Whether a term has targets, one for each sequence, and they are in the order that the model was given.

    They are if they were there before the call of the model, and nothing that was not learned, and comes to the term,
    was put into another order. What is made later of Python's own lists may be in any.
    """
    above = [step.node(at) for at in ancestors(step.tape, [Ref(term)], step.first)]
    read = {ref for one in above for ref in one.parents if ref not in step.learned}
    targets = [ref for ref in read.intersection(step.targets) if step.tape.shape(ref)[:1] == (len(order),)]
    root = step.tape.roots[node.root]
    if any(ref.node >= root.first or ref in root.outputs for ref in targets):
        return False
    made = {at for ref in read.intersection(step.targets) for at in ancestors(step.tape, [ref], 0)}
    made |= {ref.node for ref in read if ref not in step.inputs and step.node(ref.node).root < 0}
    if any(step.node(at).name in _MOVES for at in made):
        return False
    values = [step.value(ref) for ref in targets]
    return any(not torch.equal(value, value[list(order)]) for value in values)


def _told(step: Step, node: Node, order: tuple[int, ...]) -> Sighting:
    row = next(at for at, one in enumerate(order) if one != at)
    text = (
        f"the model was given a list of {len(order)} sequences and sorted them by their lengths; they were not put "
        f"back: row {row} of the loss hears of sequence {order[row]}, and its target is that of sequence {row}"
    )
    inside = [step.node(at) for at in descendants(step.tape, {node.ref}, sorted(step.to_loss))]
    own = [one for one in inside if one.module is node.module and one.root == node.root and one.spot is not None]
    last = own[-1] if own else node
    fix = Fix("put the rows back: out[order.argsort()]", (), "no")
    return sighted("rows_left_sorted", last, text, (fix,))


PROBE = Probe(
    "what a model sorts of a list is put back before the loss",
    lambda look: lists_left_sorted(look.step),
)
