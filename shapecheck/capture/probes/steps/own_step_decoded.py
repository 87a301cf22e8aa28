"""A decoder of the later steps of a series that is given, step by step, the very step that it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod

from torch import Tensor

from shapecheck.capture.instruments.steps.asked import MOVES, Own, owns
from shapecheck.capture.instruments.steps.summaries import CODES
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.separation import replaced_item
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, as_it_was, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CELLS, RECURRENT
from shapecheck.findings import Fix

_FEWEST = 3


def own_steps(step: Step) -> Iterator[Sighting]:
    """Series of which one layer reads the first steps, and another reads each later one to say what it is.

    Told where the later steps go into the second layer as they are, whole, and each prediction moves with its own step
    and with the first ones, be these an input of their own: what is to be told ahead is not there yet, and the step
    before stands for it. Who makes a code of each step, narrower than it, drawn or held small, and the step of the
    code, tells nothing ahead.
    """
    for own in owns(step):
        steps = sorted(set(own.asked.tolist()))
        if own.is_class or own.is_changed or len(steps) < _FEWEST or not _is_whole(step, own):
            continue
        if steps != list(range(own.first, own.first + len(steps))):
            continue
        later = _reader(step, own.source, own.axis, steps[-1])
        before = _read_before(step, own, later) if later is not None else None
        if later is None or before is None:
            continue
        try:
            moved = {item: own.moved(step, item) for item in steps[::2]}
            ahead = _moved_by_read(step, own, before)
        except RuntimeError:
            # The step does not run on another input.
            continue
        if not bool(ahead.any()) or not all(len(moved[item]) and int(moved[item].min()) == item for item in steps[::2]):
            continue
        if _is_through_code(step, own, later, steps[-1]):
            continue
        ends = f"the first {own.first} steps of axis {own.axis}" if before == own.source else "what another layer read"
        text = (
            f"the {later.name} that follows on {ends} is given each later step and asked for that same one: with step "
            "k replaced, the prediction of step k moved, so that to copy is enough, and nothing is told ahead"
        )
        taken = step.node(later.parents[0].node)
        is_cut = before == own.source and taken.spot is not None and taken.name in MOVES
        fix = Fix("give it the step before, and the last of the first steps to begin with", (), "no")
        yield sighted("own_step_decoded", taken if is_cut else later, text, (fix,))
        return


def _is_whole(step: Step, own: Own) -> bool:
    """Whether all numbers of a step are asked for: others may be known ahead, and told to a decoder with the step."""
    shape = step.tape.shape(own.source)
    size = shape[own.axis]
    numbers = 1
    for each in shape:
        numbers *= each
    asked = sum(meeting.asked.numel() for meeting in own.meetings)
    return asked * size == numbers * len(set(own.asked.tolist()))


def _is_through_code(step: Step, own: Own, later: Node, item: int) -> bool:
    """Whether a code is made of a step behind the later layer: one that is drawn, or picked, or has fewer numbers.

    Or one of which the loss asks something else as well: to hold little, as a sparse one.
    """
    given = {out for node in step.of_loss if node.module is later.module for out in node.outs}
    asked = ancestors(step.tape, [meeting.predicted for meeting in own.meetings], step.first)
    begun = min(ref.node for ref in given)
    numbers = prod(step.tape.shape(own.source)[2:])
    if later.shapes[0][-1] < numbers or any(at > begun and step.node(at).name in CODES for at in asked):
        return True
    behind = [step.node(index) for index in descendants(step.tape, given, asked)]
    between = {*given, *(out for node in behind for out in node.outs)}
    between -= {meeting.predicted for meeting in own.meetings}
    if any(
        node.index not in asked and node.index in step.to_loss and between & set(node.parents) for node in step.of_loss
    ):
        return True
    codes = [node for node in behind if node.name == "linear" and node.shapes[0][-1] < numbers]
    narrow = {node.index: as_it_was(step.value(node.ref)) for node in codes}
    return bool(narrow) and not len(own.moved(step, item, narrow))


def _read_before(step: Step, own: Own, later: Node) -> Ref | None:
    """What another layer read before: the first steps of the series, or an input beside it that holds those."""
    beside = [source for source in step.inputs if source != own.source and own.first == 0]
    for source in [own.source] if own.first > 1 else beside:
        shape = step.tape.shape(source)
        if len(shape) <= own.axis or shape[own.axis] < 2:
            continue
        first = _reader(step, source, own.axis, 0)
        if first is not None and first.module is not None and first.module is not later.module:
            return source
    return None


def _moved_by_read(step: Step, own: Own, source: Ref) -> Tensor:
    """Where the predictions move with what was read before: all of them with the first step of the same series.

    Of another input the first one with the last step, for on a long way what stood first in it fades.
    """
    if source == own.source:
        return own.moved(step, 0) >= own.first
    return replace(own, source=source).moved(step, step.tape.shape(source)[own.axis] - 1) == own.first


def _reader(step: Step, source: Ref, axis: int, item: int) -> Node | None:
    """The first recurrent layer or cell that a step of a series reaches, if it is given the series as it is."""
    changed = replaced_item(step.value(source), axis, item)
    try:
        after = step.changed(source, changed)
    except (RuntimeError, IndexError):
        return None
    for node in step.of_loss:
        if node.name not in CELLS | RECURRENT or not node.parents or node.parents[0] not in after:
            continue
        if bool((after[node.parents[0]] != step.value(node.parents[0])).any()):
            made, _ = origin(step.tape, node.parents[0], MOVES, first=step.first)
            return node if made == source else None
    return None


PROBE = Probe(
    "a decoder is not given the step that it is asked for",
    lambda look: own_steps(look.step),
)
