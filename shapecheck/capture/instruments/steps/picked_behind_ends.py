"""Steps that are picked of a padded output by the lengths: the first of the padding, since steps count from 0."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.steps.picked import index_of_steps, one_each
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, sighted
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.name_words import words_of
from shapecheck.reading.sources import items_of

# What makes of each step one number or more, of that step alone.
_STEP_BY_STEP = CONVERTS | frozenset(["dropout", "linear", "layer_norm", "relu", "tanh", "gelu", "sigmoid"])
_FARTHEST = 4
_LENGTHS = frozenset(["length", "lengths", "len", "lens", "sizes", "counts"])


def picked_behind_ends(step: Step, node: Node) -> Iterator[Sighting]:
    """What of each sequence of a packed one, padded again, takes the step that its length counts.

    A row that is full may be held back to its last step: of it nothing is said. All others are told from a step of
    filler, which is the same for all of them.

    Args:
        step: The step.
        node: What pads a packed sequence.
    """
    time = 1 if node.argument(2, "batch_first", default=False) else 0
    for whole, lengths in _padded(step, Ref(node.index, 0), step.value(Ref(node.index, 1)), 1 - time, _FARTHEST):
        count, size = len(lengths), step.tape.shape(whole)[time]
        for reader in step.readers(whole, to_loss=True):
            is_pick = reader.name in ("__getitem__", "gather") and reader.parents[0] == whole
            index = index_of_steps(reader, time) if is_pick else None
            picked = step.value(index) if index is not None else None
            numbers = one_each(picked, time, count) if picked is not None and picked.numel() % count == 0 else None
            if numbers is None or not bool((numbers == lengths.clamp(max=size - 1)).all()):
                continue
            behind = int((lengths < size).sum())
            if behind > 1 and int(lengths.min()) < int(lengths.max()):
                yield _told(reader, behind, count)
                return


def _padded(step: Step, ref: Ref, lengths: Tensor, batch: int, farthest: int) -> Iterator[tuple[Ref, Tensor]]:
    """A padded output, in the order of the rows that it has there, and what is made of each of its steps alone."""
    yield ref, lengths
    for reader in step.readers(ref, to_loss=True) if farthest else ():
        if reader.parents[0] != ref:
            continue
        if reader.name == "index_select" and reader.argument(1, "dim") == batch:
            index = reader.argument(2, "index")
            if isinstance(index, Ref):
                yield from _padded(step, reader.ref, lengths[step.value(index)], batch, farthest - 1)
        elif reader.name in _STEP_BY_STEP and reader.shapes[0][:2] == step.tape.shape(ref)[:2]:
            yield from _padded(step, reader.ref, lengths, batch, farthest - 1)


def _told(reader: Node, behind: int, count: int) -> Sighting:
    text = (
        f"the step that is picked of {behind} of {count} sequences has the number of their length, and is the first "
        "one of the padding: steps count from 0, and what a packed sequence is filled up with is the same for all"
    )
    return sighted("last_padded_step", reader, text, (Fix("lengths - 1", _edits(reader), "no"),))


def _edits(reader: Node) -> tuple[Edit, ...]:
    """One less, where what picks is an index with the name of the lengths in it."""
    subscript = node_at(reader, ast.Subscript)
    parts = items_of(subscript.slice) if isinstance(subscript, ast.Subscript) else []
    names = [part for part in parts if isinstance(part, ast.Name) and words_of(part.id) & _LENGTHS]
    if len(names) != 1 or reader.spot is None:
        return ()
    return replaced_text(reader.spot.code.co_filename, names[0], f"{names[0].id} - 1")
