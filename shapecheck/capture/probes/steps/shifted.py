"""Models that are asked for their input one step later: do later steps leak into earlier predictions?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.causal import remedies
from shapecheck.capture.instruments.steps.normalised_together import normalised_together
from shapecheck.capture.instruments.steps.shifts import Shift, as_numbers, in_shape_of, shifts_behind_channels
from shapecheck.capture.instruments.trials.separation import difference, replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.findings import Fix


def leaks(look: Look) -> Iterator[Sighting]:
    """Next-step models whose earlier predictions know later inputs."""
    for shift in (*look.shifts, *shifts_behind_channels(look.step)):
        yield from _leaking(look.step, shift)


def _leaking(step: Step, shift: Shift) -> Iterator[Sighting]:
    if not _leaks(step, shift, None):
        return
    for remedy in chain(remedies(step, shift.source), normalised_together(step, shift.source, shift.axis)):
        try:
            if _leaks(step, shift, remedy.instead) is False:
                text = (
                    f"the target is the input one step later along axis {shift.axis}, and with a "
                    "later step of the input "
                    "replaced, terms of the loss of earlier steps moved: the model sees what it is to predict"
                )
                fix = Fix(remedy.title, remedy.edits, "call", "no step sees a later one")
                seen = sighted(remedy.kind, remedy.node, text, (fix,))
                yield seen if remedy.place is None else replace(seen, span=remedy.place)
                return
        except Exception:
            # It does not fit, so it was not meant.
            continue


def _leaks(step: Step, shift: Shift, instead: dict[int, Run] | None) -> bool | None:
    """Whether a later step moves an earlier step's terms; None if nothing moved at all."""
    size = step.tape.shape(shift.source)[shift.axis]
    base = step.run_with(instead)
    moved_at_all = False
    for item in sorted({size // 2, size - 1}):
        after = step.changed(shift.source, replaced_item(step.value(shift.source), shift.axis, item), instead)
        for term in step.terms:
            if term.ref not in after:
                continue
            moved = difference(base[term.ref], after[term.ref])
            moved_at_all |= bool(moved.any())
            if bool((moved & _positions(step, shift, term.ref, item, instead)).any()):
                return True
    return False if moved_at_all else None


def _positions(step: Step, shift: Shift, term: Ref, before: int, instead: dict[int, Run] | None) -> Tensor:
    """The terms that belong to steps before one: those that move with the target's steps."""
    value = step.value(shift.target).clone(memory_format=torch.contiguous_format)
    like = as_numbers(step.value(shift.source)) if value.ndim == 1 else value
    rows = in_shape_of(value, like, shift.is_turned)
    for item in range(before):
        rows.select(shift.axis, item).copy_(replaced_item(rows, shift.axis, item).select(shift.axis, item))
    after = step.changed(shift.target, value, instead)
    base = step.run_with(instead)
    return difference(base[term], after[term]) if term in after else torch.zeros_like(base[term], dtype=torch.bool)


PROBE = Probe(
    "no step of a next-step model sees a later one",
    leaks,
    turn=Turn.FIRST,
)
