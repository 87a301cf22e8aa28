"""The one question that behaviour cannot answer: does axis 0 of an input count steps or samples?"""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.rows.made_in_turn import steps_axes
from shapecheck.capture.instruments.rows.store import items_in_use
from shapecheck.capture.instruments.trials.separation import first_mixed
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe, Turn
from shapecheck.capture.recording.vocabulary import RECURRENT

_WALKS = (*RECURRENT, "multi_head_attention_forward")


def question(look: Look) -> Iterator[Sighting]:
    """Inputs whose axis 0 a layer walks along while axis 1 stays apart up to the loss.

    That is how time first looks, and it is right. It is how a forgotten ``batch_first`` looks as well where the loss is
    taken at every step, and then all samples are mixed. What was made one of the other are steps, and nobody is asked.
    """
    step, known = look.step, look.batch_axes
    in_turn = steps_axes(step.tape, step.inputs, step.last)
    goals = [term.ref for term in step.terms]
    for way in look.ways:
        if way.source in known or way.source in in_turn or way.apart != (1,) or set(way.moves) != {0, 1}:
            continue
        if items_in_use(step, way.source, 1) is not None and items_in_use(step, way.source, 0) is None:
            # Of some of them a minibatch was put together, which are samples then.
            continue
        index = first_mixed(step, way.moves[0], goals)
        if index is None or step.node(index).name not in _WALKS:
            continue
        node, shape = step.node(index), step.tape.shape(way.source)
        what = "attention" if node.name not in RECURRENT else "a recurrent layer"
        text = (
            f"{what} walks along axis 0 of the input {shape} ({shape[0]} items) and keeps the {shape[1]} items of "
            f"axis 1 apart. If axis 0 counts steps, this is right. If it counts samples, they are mixed: say so with "
            f"--batch-axis 0 (or audit(..., batch_axis=0)), and --batch-axis 1 if axis 1 does"
        )
        yield sighted("samples_or_steps", node, text)
        return


PROBE = Probe(
    "which axis of each input holds the samples",
    question,
    turn=Turn.FIRST,
)
