"""The way of each input through a step: which of its first two axes stays apart up to the loss."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from shapecheck.capture.instruments.steps.moved_on import axis_moved_on
from shapecheck.capture.instruments.trials.separation import Moves, is_apart, probe
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

# A script with twenty inputs is told about the first few, and about the rest that they were not looked at.
_MAX_INPUTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """What was seen of one input: which of its first two axes stays apart up to the loss."""

    source: Ref
    moves: dict[int, Moves]
    apart: tuple[int, ...]


def ways_of(step: Step) -> tuple[list[Way], list[tuple[str, str]]]:
    """Probe every input of a step; what could not be probed comes second, with the reason."""
    found, left = [], []
    goals = [term.ref for term in step.terms]
    for source in step.inputs[:_MAX_INPUTS]:
        shape = step.tape.shape(source)
        moves = {}
        for axis in range(min(2, len(shape))):
            if shape[axis] < 2:
                continue
            try:
                moves[axis] = probe(step, source, axis)
            except Exception as error:
                left.append((f"an input {shape}, axis {axis}", f"the step does not run on another one: {error}"))
        apart = tuple(
            axis
            for axis, seen in moves.items()
            if is_apart(seen, goals, but_clipped=True) and not _have_parameters_of_their_own(step, seen)
        )
        found.append(Way(source, moves, apart))
    left += [(f"an input {step.tape.shape(ref)}", "there are too many") for ref in step.inputs[_MAX_INPUTS:]]
    return found, left


def beside_moves(step: Step, ways: list[Way]) -> dict[Ref, int]:
    """Input -> its axis of samples, where the script has gone from step to step along the other one for the answers.

    Rows of numbers may be summed up along anything; and who goes along the first axis may do so from sample to sample,
    to put each beside another one.
    """
    found: dict[Ref, int] = {}
    for way in ways:
        is_of_rows = len(step.tape.shape(way.source)) < 3 and step.value(way.source).is_floating_point()
        time = axis_moved_on(step, way.source) if len(way.moves) == 2 and not is_of_rows else None
        if time == 1 and time in way.apart:
            found[way.source] = 0
    return found


def _have_parameters_of_their_own(step: Step, moves: Moves) -> bool:
    """Whether each item goes through other parameters, as columns go through tables of their own: samples do not."""
    met: list[set[Ref]] = [set() for _ in moves.items]
    for index in descendants(step.tape, {moves.source}, step.order):
        node, out = step.node(index), Ref(index)
        parameters = {ref for ref in node.parents if step.node(ref.node).kind == "parameter"}
        # What is moved of the others need not be known.
        reached = [at for at, moved in enumerate(moves.moved) if parameters and out in moved and bool(moved[out].any())]
        if len(reached) == 1:
            met[reached[0]] |= parameters
    return len(met) > 1 and all(met) and len(set.union(*met)) == sum(map(len, met))


def batch_size(step: Step, ways: list[Way]) -> int | None:
    """The number of samples, as most inputs and targets count it; None if nothing is apart."""
    votes: Counter[int] = Counter()
    for way in ways:
        votes.update({step.tape.shape(way.source)[axis] for axis in way.apart})
    targets = {size for ref in step.targets for size in step.tape.shape(ref)[:2]}
    votes = Counter({size: count + (size in targets) for size, count in votes.items()})
    return votes.most_common(1)[0][0] if votes else None
