"""The step before the first padding, looked for in rows that have none: there the first step is taken."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix

_FEWEST = 3
# Those of the second kind say where behind what.
_SEEK_LEAST, _SEEK_MOST = frozenset(["argmin", "min"]), frozenset(["argmax", "max"])
_CHOOSES = frozenset(["mul", "where", "masked_select", "__getitem__", "masked_fill"])


def full_rows(step: Step) -> Iterator[Sighting]:
    """Positions of the first zero or one of a row, less one, that are zero where the row has no such number.

    In all other rows the step before the padding is taken, the last real one. A loss that is told which rows have such
    a number leaves the others out.
    """
    for node in step.all_of_loss:
        places = _places(step, node)
        if places is None or node.parents[0] in step.learned:
            continue
        mask = step.value(node.parents[0])
        first = step.value(places)
        if mask.ndim != 2 or first.shape != mask.shape[:1] or mask.shape[1] < _FEWEST:
            continue
        if not are_truths(mask):
            continue
        is_hit = (mask == (0 if node.name in _SEEK_LEAST else 1)).any(1)
        if bool(is_hit.all()) or not bool((first[is_hit] > 1).any()):
            continue
        for picked in _picked(step, places, len(first)):
            is_first = torch.equal(picked[is_hit], first[is_hit] - 1) and not bool(picked[~is_hit].any())
            if is_first and not _is_told_apart(step, is_hit):
                text = (
                    f"{node.name} looks for the first padding of each row, and {int((~is_hit).sum())} of {len(first)} "
                    "rows have none: it says 0 for them, as for a row that is all padding, and what is taken of these "
                    "is their first step, not their last"
                )
                fix = Fix("mask.sum(1) - 1, the number of real steps less one", (), "no")
                yield sighted("first_step_of_full_rows", _less_one(step, node, places), text, (fix,))
                return


def _places(step: Step, node: Node) -> Ref | None:
    """Where a node says that the least or the most of each row stands."""
    if node.name not in _SEEK_LEAST | _SEEK_MOST or len(node.parents) != 1:
        return None
    ref = node.outs[-1]
    return None if step.tape.dtype(ref).is_floating_point or (ref.out == 0 and node.name in ("min", "max")) else ref


def _less_one(step: Step, node: Node, places: Ref) -> Node:
    """Where the step before is reckoned; the node itself if that is not found."""
    found = descendants(step.tape, {places}, sorted(step.to_loss))
    steps = (one for one in map(step.node, found) if one.name in ("sub", "add") and one.spot is not None)
    return next(steps, node)


def _is_told_apart(step: Step, is_hit: Tensor) -> bool:
    """Whether a product, a choice or an index on the way to the loss knows which rows are hit."""
    for node in step.all_of_loss:
        if node.name not in _CHOOSES:
            continue
        for ref in node.parents:
            shape = step.tape.shape(ref)
            if ref in step.learned or shape[:1] != is_hit.shape or shape.count(1) != len(shape) - 1:
                continue
            value = step.value(ref).reshape(-1)
            if torch.equal(value.bool(), is_hit) and are_truths(value):
                return True
    return False


def _picked(step: Step, places: Ref, size: int) -> Iterator[Tensor]:
    """Which item of each row is taken by an index that was made of these places."""
    made = {Ref(index) for index in descendants(step.tape, {places}, sorted(step.to_loss))} - step.learned
    for reader in step.all_of_loss:
        if reader.name not in ("gather", "__getitem__", "take_along_dim") or reader.parents[0] in made:
            continue
        for ref in (parent for parent in reader.parents[1:] if parent in made):
            value = step.value(ref)
            if value.numel() and value.shape[:1] == (size,) and not value.is_floating_point():
                yield value.reshape(size, -1)[:, 0]


PROBE = Probe(
    "the last real step is found in rows without padding",
    lambda look: full_rows(look.step),
)
