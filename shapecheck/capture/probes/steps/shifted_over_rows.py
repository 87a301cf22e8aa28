"""Next steps that are asked for behind a reshape into one row: the end of each sequence is asked for another one."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from shapecheck.capture.instruments.axes.samples_axis import samples_axis
from shapecheck.capture.instruments.steps.asked import compared
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVERTS, CUTS, RANDOM
from shapecheck.findings import Fix


def shifted_over_rows(step: Step) -> Iterator[Sighting]:
    """``scores.view(-1, classes)[:-1]`` against ``ids.view(-1)[1:]`` of several sequences.

    Rows that were cut out of one text in their order go on from each other, and the shift is right: it counts only
    where the rows were drawn in no order, each for itself. A loss may leave out what is asked for at their ends, by a
    weight or by the symbol with which they all begin.
    """
    for _, predicted, target, is_class in compared(step):
        asked, known = (_cut(step, target, 1), _cut(step, predicted, 0)) if is_class else (None, None)
        if asked is None or known is None:
            continue
        ids, scores = asked.parents[0], known.parents[0]
        whole, made = _before_flat(step, ids), _before_flat(step, scores)
        if whole is None or made is None:
            continue
        rows = step.tape.shape(whole)
        if len(rows) != 2 or min(rows) < 2 or step.tape.shape(made)[:2] != rows or not _are_drawn(step, whole):
            continue
        if not any(whole in step.node(index).parents for index in ancestors(step.tape, [made], step.first)):
            continue
        if not _are_ends_counted(step, known, rows[1]):
            continue
        text = (
            f"{rows} are {rows[0]} sequences of {rows[1]} steps, which were put into one row before the shift: the "
            f"last step of each is asked for the first step of the sequence behind it, {rows[0] - 1} of "
            f"{rows[0] * rows[1] - 1} answers that nothing of what was read tells"
        )
        fix = Fix("scores[:, :-1] against ids[:, 1:], and flattened behind that", (), "no")
        yield sighted("shifted_over_rows", asked, text, (fix,))
        return


def _cut(step: Step, ref: Ref, start: int) -> Node | None:
    """Where all but one item of a row are taken: without the first of them, or without the last."""
    node = origin(step.tape, ref, CONVERTS, first=step.first)[1]
    index = node.argument(1) if node.name == "__getitem__" else None
    if not isinstance(index, slice) or index.step not in (None, 1) or (index.start or 0) != start:
        return None
    return node if node.shapes[0][0] == step.tape.shape(node.parents[0])[0] - 1 else None


def _before_flat(step: Step, ref: Ref) -> Ref | None:
    """What had two axes where this has one."""
    made = origin(step.tape, ref, CONVERTS, first=step.first)[1]
    if made.name not in CUTS or not made.parents:
        return None
    before, after = step.tape.shape(made.parents[0]), made.shapes[0]
    is_flat = len(before) == len(after) + 1 and before[2:] == after[1:]
    return made.parents[0] if is_flat else None


def _are_drawn(step: Step, whole: Ref) -> bool:
    """Whether the rows were picked in no order, or each of their numbers was drawn at random."""
    made = origin(step.tape, whole, CONVERTS)[1]
    return samples_axis(step.tape, whole) == 0 or (made.name in RANDOM and made.name != "randperm")


def _are_ends_counted(step: Step, known: Node, steps: int) -> bool:
    """Whether the loss moves with what is predicted at the ends of the rows."""
    predicted = known.ref
    value = step.value(predicted).clone()
    value[steps - 1 :: steps] += torch.arange(1.0, value.shape[-1] + 1).to(value)
    try:
        return any_term_moved(step, step.run(), step.changed_together({predicted: value}))
    except RuntimeError:
        return False


PROBE = Probe(
    "the next step is asked for within each sequence",
    lambda look: shifted_over_rows(look.step),
)
