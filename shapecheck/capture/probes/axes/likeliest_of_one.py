"""The place of the largest of a single number: whatever the number, it is 0."""

from __future__ import annotations

from collections.abc import Iterator

from shapecheck.capture.instruments.axes.guesses import PICKS
from shapecheck.capture.instruments.axes.single_scores import single_scores
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.tensors.pairs import operands
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Look, Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Tape
from shapecheck.capture.recording.vocabulary import CONVERTS, EQUALS, PLACES_OF_EXTREMES
from shapecheck.findings import Fix

_TAKES_ONE = CONVERTS | {"unbind", "__getitem__", "select", "squeeze", "view", "reshape", "flatten", "cat", "stack"}
_HOPS = 12


def likeliest_of_one(look: Look) -> Iterator[Sighting]:
    """``[p.argmax() for p in guesses]`` of guesses that are class numbers already, one for each sample."""
    tape = look.step.tape
    told: set[tuple[object, int]] = set()
    for node in tape.nodes[min(look.step.first, tape.evaluated_from or look.step.first) :]:
        if node.name not in PLACES_OF_EXTREMES or not node.parents or node.spot is None:
            continue
        place = (node.spot.code, node.spot.instruction)
        found = _found_before(tape, node) if place not in told else None
        if found is None:
            continue
        told.add(place)
        line = f" (line {found.spot.line})" if found.spot is not None else ""
        text = (
            f"{node.name} is given the number of a class, which {found.name} has found{line}, and no scores: the place "
            "of the largest of one number is always 0. What is measured with it says nothing of the model"
        )
        yield sighted("likeliest_of_one", node, text, (Fix(f"no {node.name}: the number itself", (), "no"),))


def single_score_guessed(step: Step) -> Iterator[Sighting]:
    """``model(x).argmax(1) == y`` of a model with one output: the guess is class 0, and y names others as well."""
    single: dict[Ref, int] | None = None
    for node in step.recorded:
        pair = operands(node) if node.name in EQUALS else None
        for guess, label in (pair, pair[::-1]) if pair is not None else ():
            made = _seeker(step, guess)
            if made is None:
                continue
            single = single_scores(step) if single is None else single
            shape = step.tape.shape(made.parents[0])
            along = axis_of(made, len(shape))
            if along is None or single.get(made.parents[0]) != along or not _names_others(step, label):
                continue
            text = (
                f"{made.name} seeks the largest along axis {along} of {shape}, where the model gives one score: it is "
                "always the one with the number 0, whatever the model says, and is held against labels that are not"
            )
            yield sighted("likeliest_of_one", made, text, (Fix("a threshold, such as scores > 0", (), "no"),))


def _found_before(tape: Tape, node: Node) -> Node | None:
    """What found the class number that is all that an operation is given; None if it is given anything else."""
    ref = node.parents[0]
    if not tape.shape(ref):
        for at, made in backwards(tape, ref, _TAKES_ONE, _HOPS):
            if _finds(made, at):
                return made
        return None
    along = axis_of(node, len(tape.shape(ref)))
    for at, made in backwards(tape, ref, CONVERTS, _HOPS):
        if _finds(made, at):
            # It kept the axis, or left one number of it.
            is_one = along is not None and tape.shape(ref)[along] == 1 < tape.shape(made.parents[0])[along]
            is_kept = len(tape.shape(made.parents[0])) == len(tape.shape(ref))
            return made if is_kept and is_one and axis_of(made, len(tape.shape(ref))) in (along, None) else None
    return None


def _finds(made: Node, at: Ref) -> bool:
    """Whether it is the place of the largest, and not the largest itself."""
    return bool(made.parents) and (
        made.name in PLACES_OF_EXTREMES or (made.name in PICKS - {"argsort"} and at.out == 1)
    )


def _seeker(step: Step, guess: Ref) -> Node | None:
    for at, made in backwards(step.tape, guess, CONVERTS | {"squeeze", "view", "reshape", "flatten"}, _HOPS):
        if _finds(made, at):
            return made
    return None


def _names_others(step: Step, label: Ref) -> bool:
    """Whether there are labels beside the number 0."""
    value = None if label in step.learned else step.value_of_input(label)
    return value is not None and bool((value != 0).any())


def _seen(look: Look) -> Iterator[Sighting]:
    yield from likeliest_of_one(look)
    yield from single_score_guessed(look.step)


PROBE = Probe(
    "the likeliest is sought among several scores",
    _seen,
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
    of_collected=True,
)
