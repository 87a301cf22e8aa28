"""The way of each input through a step: which of its first two axes stays apart up to the loss."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from shapecheck.capture.instruments.separation import Moves, is_apart, probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref

# A script with twenty inputs is told about the first few, and about the rest that they were not looked at.
MAX_INPUTS = 5


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
    for source in step.inputs[:MAX_INPUTS]:
        shape = step.tape.shape(source)
        moves = {}
        for axis in range(min(2, len(shape))):
            if shape[axis] < 2:
                continue
            try:
                moves[axis] = probe(step, source, axis)
            except Exception as error:
                left.append((f"an input {shape}, axis {axis}", f"the step does not run on another one: {error}"))
        apart = tuple(axis for axis, seen in moves.items() if is_apart(seen, goals, but_clipped=True))
        found.append(Way(source, moves, apart))
    left += [(f"an input {step.tape.shape(ref)}", "there are too many") for ref in step.inputs[MAX_INPUTS:]]
    return found, left


def batch_size(step: Step, ways: list[Way]) -> int | None:
    """The number of samples, as most inputs and targets count it; None if nothing is apart."""
    votes: Counter[int] = Counter()
    for way in ways:
        votes.update({step.tape.shape(way.source)[axis] for axis in way.apart})
    targets = {size for ref in step.targets for size in step.tape.shape(ref)[:2]}
    votes = Counter({size: count + (size in targets) for size, count in votes.items()})
    return votes.most_common(1)[0][0] if votes else None
