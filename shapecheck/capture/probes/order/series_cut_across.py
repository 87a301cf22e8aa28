"""One running text that is cut into streams, and lies across them: each next step of a stream is that of another."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.samples_axis import turned
from shapecheck.capture.instruments.axes.windows import is_stretch
from shapecheck.capture.instruments.steps.shifts import Shift
from shapecheck.capture.instruments.trials.separation import is_apart, probe
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS
from shapecheck.findings import Fix

_HOPS = 12
# So many rows say whether a text goes on behind their end.
_LEAST_ROWS = 12
# How much less of a token is told by the one that stands a whole row in front of it, than by the one right in front.
_APART = 0.85
# What a token tells of the next one, at the least, in nats: of numbers that were drawn nothing is known.
_TOLD = 0.1


def series_cut_across(look: Look) -> Iterator[Sighting]:
    """``text.view(-1, streams)`` for a model that reads down the rows, and is asked for the row below.

    Numbers of several series that lie side by side are cut so as well, step by step. It is one series where a row goes
    on in the next one as it goes on within itself, and where a token says more of the one right behind it than of the
    one below it, which the model is asked for.
    """
    step = look.step
    for shift in look.shifts:
        found = _cut(step, shift) if shift.is_only else None
        if found is None:
            continue
        cut, rows = found
        streams = rows.shape[1]
        if not _runs_on(rows) or not _are_apart(step, shift):
            continue
        text = (
            f"{cut.name} cuts a text of {cut.shapes[0][0] * streams} tokens into rows of {streams}, and the model "
            f"reads {streams} streams down these rows. What follows a token in the text stands beside it, in another "
            f"stream: the model is asked for the token {streams} places farther on"
        )
        turn = ".t()" if shift.axis == 0 else ""
        yield sighted("reshaped_instead_of_permuted", cut, text, (Fix(f"view({streams}, -1){turn}", (), "no"),))
        return


def _cut(step: Step, shift: Shift) -> tuple[Node, Tensor] | None:
    """The reshape that made rows of one line of tokens, down which the steps run; and the rows that are known."""
    ref, axis, rows = shift.source, shift.axis, None
    for _ in range(_HOPS):
        node, shape = step.node(ref.node), step.tape.shape(ref)
        value = step.tape.held.get(ref)
        if len(shape) != 2 or not node.parents or step.tape.dtype(ref).is_floating_point:
            return None
        rows = rows if value is None else value.movedim(axis, 0)
        if node.name in CUTS and len(step.tape.shape(node.parents[0])) == 1:
            return (node, rows) if axis == 0 and rows is not None and rows.shape[1] == shape[1] else None
        if node.name not in CONVERTS and not is_stretch(node):
            moved = [at for at in (0, 1) if turned(step.tape, node, at) == axis]
            if len(moved) != 1:
                return None
            axis = moved[0]
        ref = node.parents[0]
    return None


def _are_apart(step: Step, shift: Shift) -> bool:
    """Whether the streams keep to themselves up to the loss, as samples do."""
    moves = probe(step, shift.source, shift.batch_axis)
    return is_apart(moves, [term.ref for term in step.terms])


def _runs_on(rows: Tensor) -> bool:
    """Whether rows lie one behind the other in a text, by what a token tells of those that follow it."""
    count, size = rows.shape
    if count < _LEAST_ROWS or size < 2:
        return False
    line = rows.unique(return_inverse=True)[1].flatten()  # type: ignore[no-untyped-call]
    kinds = int(line.max()) + 1
    next_one = line[:-1] * kinds + line[1:]
    ends = torch.arange(1, len(line), device=line.device) % size == 0
    within, beyond = _told(next_one[~ends], next_one[~ends], kinds, 1), _told(next_one[~ends], next_one[ends], kinds, 0)
    below = line[:-size] * kinds + line[size:]
    return within > _TOLD and 2 * beyond > within and _told(below, below, kinds, 1) < _APART * within


def _told(known: Tensor, asked: Tensor, kinds: int, own: int) -> float:
    """How much more likely pairs are than by chance, in nats, by others that are known.

    Args:
        known: The pairs that are counted, as one number each.
        asked: The pairs that are told of.
        kinds: How many kinds of tokens there are.
        own: How often each of these pairs is among those that are counted, itself.
    """
    pairs, number = known.unique(return_counts=True)  # type: ignore[no-untyped-call]
    at = torch.searchsorted(pairs, asked).clamp(max=len(pairs) - 1)
    together = torch.where(pairs[at] == asked, number[at], 0).double()
    first, second = (part.bincount(minlength=kinds).double() for part in (known // kinds, known % kinds))
    by_chance = first[asked // kinds] * second[asked % kinds] / len(known)
    found = (together - own + 0.5) / (by_chance + 0.5)
    return float(found.log().mean())


PROBE = Probe("a running text is cut into streams that go on from step to step", series_cut_across)
