"""Guesses that are held against other numbers of the classes than those by which the loss has taught them."""

from __future__ import annotations

import math
from collections.abc import Iterator

from torch import Tensor

from shapecheck.capture.instruments.axes.classes import ignored_label
from shapecheck.capture.instruments.tensors.backwards import backwards, origin
from shapecheck.capture.instruments.tensors.pairs import operands
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import refs_above
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CLASS_LOSSES, CONVERTS, HANDS_ON, SOFTMAXES
from shapecheck.findings import Fix

_FEWEST = 3
# What stands for a row that is asked for nothing.
_NONE = -1
# As seldom as this a row of labels would be another one renamed by chance.
_CHANCE = 1e-4


def measured_by_other_numbers(step: Step) -> Iterator[Sighting]:
    """``(scores.argmax(1) == label)`` where the loss has asked for column 7 whenever the label is 5.

    Columns that are in the order of their names as text, or labels that begin with one: each label has a column of its
    own, and it is another one. What the script makes of the labels by itself, to be asked for, may be meant, unless
    there is no such class. So is what is counted beside those that were taught, as how often a false answer is told.
    """
    taught = list(_taught(step))
    for node in step.recorded if taught else ():
        pair = operands(node) if node.name == "eq" and node.index not in step.to_loss else None
        for guess, label in (pair, pair[::-1]) if pair is not None else ():
            scores = _chosen_from(step, guess)
            numbers = step.value_of_input(label) if scores is not None else None
            for predicted, target, classes in taught if numbers is not None and label not in step.learned else ():
                if scores != _scores(step, predicted) or numbers is None or numbers.shape != classes.shape:
                    continue
                if not _are_renamed(classes, numbers) or _is_measured_rightly(step, scores, classes):
                    continue
                if not _is_made_of(step, label, target) or int(numbers.max()) >= step.tape.shape(predicted)[1]:
                    yield _told(node, classes, numbers)
                    return


def _taught(step: Step) -> Iterator[tuple[Ref, Ref, Tensor]]:
    """What a loss predicts of each row, the target, and the number of the class that it asks for."""
    for node in step.of_loss:
        for predicted, target in (node.parents[:2], node.parents[1::-1]) if len(node.parents) > 1 else ():
            shape = step.tape.shape(predicted)
            if len(shape) != 2 or predicted not in step.learned or target in step.learned or shape[1] < _FEWEST:
                continue
            value = step.known(target)
            if value is None:
                continue
            if node.name in CLASS_LOSSES and value.shape == shape[:1]:
                yield predicted, target, value.masked_fill(value == ignored_label(node), _NONE)
            elif value.shape == shape and are_truths(value) and bool((value.sum(1) == 1).all()):
                yield predicted, target, value.int().argmax(1)


def _chosen_from(step: Step, guess: Ref) -> Ref | None:
    """The scores of which a guess is the place of the largest in each row."""
    at, node = origin(step.tape, guess, CONVERTS, first=step.first)
    is_place = node.name == "argmax" or (node.name == "max" and at.out == 1)
    if not is_place or len(step.tape.shape(node.parents[0])) != 2 or node.argument(1, "dim", "axis") not in (1, -1):
        return None
    return _scores(step, node.parents[0])


def _scores(step: Step, ref: Ref) -> Ref:
    """What softmaxes were taken of, which leave the largest where it is."""
    return origin(step.tape, ref, CONVERTS | SOFTMAXES, first=step.first)[0]


def _is_measured_rightly(step: Step, scores: Ref, classes: Tensor) -> bool:
    """Whether the same guesses are held against the classes that the loss asks for as well."""
    for node in step.recorded:
        pair = operands(node) if node.name == "eq" else None
        for guess, label in (pair, pair[::-1]) if pair is not None else ():
            numbers = step.value_of_input(label) if _chosen_from(step, guess) == scores else None
            if numbers is None or numbers.shape != classes.shape:
                continue
            if bool((numbers == classes)[classes >= 0].all()):
                return True
    return False


def _are_renamed(classes: Tensor, numbers: Tensor) -> bool:
    """Whether each class always has one number, of its own, and for some it is another one than that of the class."""
    is_asked = (classes >= 0) & (numbers >= 0)
    classes, numbers = classes[is_asked], numbers[is_asked]
    pairs = {*zip(classes.tolist(), numbers.tolist(), strict=True)}
    one, other = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
    if not len(pairs) == len(one) == len(other) >= _FEWEST or all(a == b for a, b in pairs):
        return False
    return (len(classes) - len(pairs)) * math.log(len(pairs)) > -math.log(_CHANCE)


def _is_made_of(step: Step, label: Ref, target: Ref) -> bool:
    """Whether the target was made of the labels, or these of the target, where the tape knows."""
    chains = [{at for at, _ in backwards(step.tape, ref, HANDS_ON)} for ref in (label, target)]
    return bool(chains[0] & refs_above(step.tape, target) or chains[1] & refs_above(step.tape, label))


def _told(node: Node, classes: Tensor, numbers: Tensor) -> Sighting:
    pairs = sorted({pair for pair in zip(classes.tolist(), numbers.tolist(), strict=True) if min(pair) >= 0})
    wrong = [(int(one), other) for one, other in pairs if one != other]
    text = (
        f"the loss asks for class {wrong[0][0]} wherever this label is {wrong[0][1]:g}, and so for {len(wrong)} of "
        f"{len(pairs)} classes: each label has one class, always the same, and it is not the one of that number. A "
        "guess that is right is counted as wrong"
    )
    fix = Fix("the guess against the class that the loss asks for", (), "no")
    return sighted("measured_by_other_numbers", node, text, (fix,))


PROBE = Probe(
    "guesses are measured by the numbers that the loss taught",
    lambda look: measured_by_other_numbers(look.step),
)
