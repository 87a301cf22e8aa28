"""State that a batch of an evaluation finds as the batch before has left it, where training begins each one anew."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.capture.instruments.rows.batches import evaluated_in_turn
from shapecheck.capture.instruments.steps.resets import attribute_kept, reset_in_a_branch, resets_in_front
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root, Tape
from shapecheck.capture.recording.user_code import span_of
from shapecheck.capture.recording.vocabulary import IMAGES
from shapecheck.findings import Fix


def left_in_evaluation(step: Step) -> Iterator[Sighting]:
    """What a model keeps for itself of one batch and reads with the next, of other samples, in evaluation alone.

    In training the same is written, and no batch reads what the one before has left.
    """
    tape = step.tape
    for before, root, one, other in evaluated_in_turn(step):
        for ref in _left(tape, before, root):
            made = tape.nodes[ref.node]
            attribute = attribute_kept(made.spot)
            is_row_each = len(other.rows) in tape.shape(ref)
            if not is_row_each or attribute is None or not _begins_anew_in_training(tape, root, made):
                continue
            if root.spot is None or resets_in_front(root.spot, attribute):
                return
            yield _told(root, made, attribute, (len(one.rows), len(other.rows)))
            return


def _left(tape: Tape, before: Root, root: Root) -> list[Ref]:
    """What a call reads that the call before has made of its inputs, and that nobody has handed on."""
    made_of = set(before.inputs)
    for index in range(before.first, before.last):
        node = tape.nodes[index]
        if node.name not in IMAGES and made_of & set(node.parents):
            made_of |= {Ref(index, out) for out in range(len(node.shapes))}
    handed = {*root.inputs, *before.inputs}
    read = [ref for index in range(root.first, root.last) for ref in tape.nodes[index].parents]
    return [ref for ref in dict.fromkeys(read) if ref in made_of and ref not in handed]


def _begins_anew_in_training(tape: Tape, root: Root, made: Node) -> bool:
    """Whether the same is written in training, and no call there reads what one before an update has left."""
    calls = [one for one in tape.roots if one.module is root.module and one.trains and one.last >= 0]
    calls = [one for one in calls if any(made.repeats(tape.nodes[index]) for index in range(one.first, one.last))]
    pairs = [(one, other) for one, other in pairwise(calls) if _is_between(tape, one.last, other.first)]
    return bool(pairs) and not any(_left(tape, one, other) for one, other in pairs)


def _is_between(tape: Tape, first: int, last: int) -> bool:
    return any(first <= place <= last for place in tape.updates)


def _told(root: Root, made: Node, attribute: str, sizes: tuple[int, int]) -> Sighting:
    assert root.spot is not None
    line = made.spot.line if made.spot is not None else 0
    text = (
        f"`{attribute}`, written in line {line}, is read by this call as the call before has left it: the {sizes[1]} "
        f"samples of a batch go on from where {sizes[0]} others ended. In training each batch begins anew"
    )
    reset = reset_in_a_branch(root.spot, attribute)
    if reset is None:
        fix = Fix("let the state begin anew before each batch", (), "no")
        return Sighting("state_left_in_evaluation", root.spot.span, text, attribute, (fix,))
    item, said = reset.statement, ast.unparse(reset.statement)
    text += f"; `{said}` in line {item.lineno} is done on a condition alone, in line {reset.branch.lineno}"
    span = span_of(reset.file, item, said)
    fix = Fix(f"{said} after every batch", reset.outside(), "no")
    return Sighting("state_left_in_evaluation", span, text, attribute, (fix,))


PROBE = Probe(
    "no batch of an evaluation starts from what the one before has left",
    lambda look: left_in_evaluation(look.step),
    of_followed=True,
)
