"""Scores that a measure holds against the numbers of classes, one by one: they are hardly ever equal."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.axes.hits import is_averaged
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.pairs import operands, predicted_in
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.user_code import statement_at
from shapecheck.capture.recording.vocabulary import EQUALS, HANDS_ON, WITH_PLACES
from shapecheck.findings import Edit, Fix

_OTHER = {"values": "indices"}


def scores_held_against_labels(step: Step) -> Iterator[Sighting]:
    """``(scores.max(1)[0] == labels).float().mean()``: the largest score, where its place was meant.

    A guess that was rounded, or said by a threshold, is a whole number; what holds whole numbers somewhere is let pass.
    """
    predicted: set[Ref] | None = None
    for node in step.recorded:
        pair = operands(node) if node.name in EQUALS else None
        for guess, label in (pair, pair[::-1]) if pair is not None else ():
            if not step.tape.dtype(guess).is_floating_point or step.tape.shape(label) == ():
                continue
            predicted = predicted_in(step) if predicted is None else predicted
            if guess not in predicted or label in predicted or not is_averaged(step, node):
                continue
            if not _are_labels(step.value_of_input(label)) or not _are_scores(step.value_of_input(guess)):
                continue
            text = (
                f"{step.tape.shape(guess)} scores that a model has made, none of them a whole number, are asked "
                f"whether they are equal to {step.tape.shape(label)} labels, which all are whole numbers: what is "
                "counted says nothing of the model"
            )
            yield sighted("scores_held_against_labels", node, text, (_meant(step, guess),))


def _are_labels(value: Tensor | None) -> bool:
    """Whether there are several numbers of classes; numbers with a point are, where they are no others."""
    if value is None or value.numel() < 2 or value.is_complex():
        return False
    return bool((value == value.round()).all()) and len(value.unique()) > 1  # type: ignore[no-untyped-call]


def _are_scores(value: Tensor | None) -> bool:
    return value is not None and value.numel() > 1 and bool((value.isfinite() & (value != value.round())).all())


def _meant(step: Step, guess: Ref) -> Fix:
    at, made = origin(step.tape, guess, HANDS_ON)
    if made.name in WITH_PLACES and len(made.shapes) == 2 and at.out == 0:
        return Fix("the place of the largest: [1] in the place of [0]", _the_other_one(made), "no")
    if made.name in ("amax", "amin") and axis_of(made, len(step.tape.shape(made.parents[0]))) is not None:
        return Fix(f"arg{made.name[1:]}: the place, and not the score", (), "no")
    return Fix("the guess that the scores make: argmax over the classes, or a threshold", (), "no")


def _the_other_one(made: Node) -> tuple[Edit, ...]:
    """The edit that takes the places where the largest numbers themselves were taken, of what gives both."""
    call = call_at(made)
    if call is None or made.spot is None:
        return ()
    file = made.spot.code.co_filename
    statement = statement_at(file, call.lineno, call.col_offset)
    for part in ast.walk(statement) if statement is not None else ():
        if isinstance(part, ast.Subscript) and _is(part.value, call):
            is_first = isinstance(part.slice, ast.Constant) and part.slice.value == 0
            return replaced_text(file, part.slice, "1") if is_first else ()
        if isinstance(part, ast.Attribute) and _is(part.value, call):
            other = _OTHER.get(part.attr)
            return replaced_text(file, part, f"{ast.unparse(call)}.{other}") if other is not None else ()
    target = statement.targets[0] if isinstance(statement, ast.Assign) and _is(statement.value, call) else None
    if isinstance(target, ast.Tuple) and len(target.elts) == 2:
        names = [ast.unparse(part) for part in reversed(target.elts)]
        return replaced_text(file, target, ", ".join(names))
    return ()


def _is(part: ast.expr, call: ast.Call) -> bool:
    return (part.lineno, part.col_offset, part.end_col_offset) == (call.lineno, call.col_offset, call.end_col_offset)


PROBE = Probe(
    "what is held against labels are guesses, and no scores",
    lambda look: scores_held_against_labels(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
)
