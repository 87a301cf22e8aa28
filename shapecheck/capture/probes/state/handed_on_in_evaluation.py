"""A state that an evaluation hands on from one batch to the next, where training begins each batch anew."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.rows.batches import are_of_one_line, evaluated_in_turn
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Root, Tape
from shapecheck.capture.recording.vocabulary import CELLS, CONVERTS, RECURRENT
from shapecheck.findings import Fix


def handed_on_in_evaluation(step: Step) -> Iterator[Sighting]:
    """A call that is given what a recurrent layer returned for other samples, and in training none is.

    Whoever evaluates a long series piece by piece hands its state on as well; its pieces are no samples, and such a
    layer walks along the axis that was cut.
    """
    tape = step.tape
    for before, root, one, other in evaluated_in_turn(step):
        handed = [ref for ref in root.inputs if origin(tape, ref, CONVERTS)[0] in before.outputs]
        states = [ref for ref in handed if _is_state_of(tape, root, ref, len(other.rows))]
        if not states or not _begins_anew_in_training(tape, root):
            continue
        if _begins_anew_in_between(tape, root):
            return
        text = (
            f"this call is given the state {tape.shape(states[0])} that the call before has returned: the "
            f"{len(other.rows)} samples of a batch go on from where {len(one.rows)} others ended. In training each "
            "batch begins anew"
        )
        fix = Fix("let the state begin anew before each batch", (), "no")
        yield Sighting("state_left_in_evaluation", root.spot.span if root.spot else None, text, "", (fix,))
        return


def _is_state_of(tape: Tape, root: Root, ref: Ref, rows: int) -> bool:
    """Whether a recurrent layer starts from it, one row for each sample, and walks along another axis."""
    reached = {ref}
    for index in range(root.first, root.last):
        node = tape.nodes[index]
        if not reached & set(node.parents):
            continue
        if node.name in RECURRENT:
            shape, given = tape.shape(ref), tape.shape(node.parents[0])
            samples = 0 if len(node.args) == 9 and node.args[8] is True else 1
            is_row_each = len(shape) == len(given) == 3 and shape[1] == given[samples] == rows != given[1 - samples]
            return is_row_each and node.parents[0] not in reached
        if node.name in CELLS:
            return tape.shape(ref)[:1] == (rows,) and node.parents[0] not in reached
        if node.name in CONVERTS:
            reached.add(Ref(index))
    return False


def _begins_anew_in_training(tape: Tape, root: Root) -> bool:
    """Whether training calls the same module for step after step, and never with what a call before has returned."""
    calls = [one for one in tape.roots if one.module is root.module and one.training]
    pairs = [pair for pair in pairwise(calls) if any(pair[0].last <= place <= pair[1].first for place in tape.updates)]
    given = ({origin(tape, ref, CONVERTS)[0] for ref in other.inputs} for _, other in pairs)
    return bool(pairs) and not any(refs & set(one.outputs) for refs, (one, _) in zip(given, pairs, strict=True))


def _begins_anew_in_between(tape: Tape, root: Root) -> bool:
    """Whether the same line, within one evaluation, gives a later call nothing of the one before: several series."""
    asked = [one for one in tape.roots if one.module is root.module and not one.training]
    calls = [one for one in asked if are_of_one_line(one, root)]
    for one, other in pairwise(calls):
        if any(one.last <= place <= other.first for place in tape.updates):
            continue
        if not {origin(tape, ref, CONVERTS)[0] for ref in other.inputs} & set(one.outputs):
            return True
    return False


PROBE = Probe(
    "no batch of an evaluation is given the state of the one before",
    lambda look: handed_on_in_evaluation(look.step),
    of_followed=True,
)
