"""What a probe is: one question about a training step, and what it is given to answer it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

from shapecheck.capture.instruments.axes.classes import Known
from shapecheck.capture.instruments.axes.handed_states import handed_states
from shapecheck.capture.instruments.axes.held_by_layers import samples_by_layers
from shapecheck.capture.instruments.axes.named_axes import named_samples_axis
from shapecheck.capture.instruments.axes.named_positions import samples_beside_positions
from shapecheck.capture.instruments.axes.samples_axis import sequences_axis
from shapecheck.capture.instruments.axes.samples_of_models import KnownSamples
from shapecheck.capture.instruments.axes.ways import Way
from shapecheck.capture.instruments.axes.woven import Weave, woven
from shapecheck.capture.instruments.rows.smeared import Smeared, smeared
from shapecheck.capture.instruments.steps.shifts import Shift, shifts
from shapecheck.capture.instruments.steps.start_symbols import KnownStarts
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref


class CannotTellError(Exception):
    """A probe found nothing to look at that it could judge; its text says what was missing."""


class Turn(IntEnum):
    """When a probe is asked: of two that see the same at one line, the first one tells it."""

    FIRST = 0
    """It replaces items of the inputs, and says where they meet first."""
    MIDDLE = 1
    LAST = 2
    """It reads names, or what else is less than behaviour: told only where nothing else was said of a line."""
    AFTER_NAMES = 3
    """The same, and what names tell is told by these."""


@dataclass
class Look:
    """What a probe is given.

    Args:
        step: The training step, or what was measured of a model in evaluation.
        seen: What was seen of its inputs.
        before: The step before, if there was one.
        classes: Which axis of a model's outputs the losses took for the classes, in the steps before.
        samples: Along which axis the models were given the samples, in the steps before.
        starts: With which symbol all sequences have begun that the models were given, in the steps before.
        batch_axis: The axis of all inputs that holds the samples, if somebody said so.
    """

    step: Step
    seen: list[Way] = field(default_factory=list)
    before: Step | None = None
    classes: Known = field(default_factory=dict)
    samples: KnownSamples = field(default_factory=dict)
    starts: KnownStarts = field(default_factory=dict)
    batch_axis: int | None = None

    @property
    def ways(self) -> list[Way]:
        """What was seen of its inputs.

        Raises:
            CannotTellError: Nothing was: who asks for it has nothing to judge, and must not seem to have found nothing.
        """
        if not self.seen:
            raise CannotTellError("no input of the model was found")
        if not any(way.moves for way in self.seen):
            raise CannotTellError("no item of an input could be replaced by another one")
        return self.seen

    @cached_property
    def shifts(self) -> list[Shift]:
        """The inputs that come again as targets, one step later."""
        return shifts(self.step)

    @cached_property
    def smeared(self) -> list[Smeared]:
        """Items that were put together, and that a reshape cuts up before the model reads them."""
        return smeared(self.step, self.seen)

    @cached_property
    def weave(self) -> Weave:
        """Of what the axes of all its tensors are made."""
        return woven(self.step)

    @cached_property
    def batch_axes(self) -> dict[Ref, int]:
        """Input -> its axis of samples, where something else than the probe says it."""
        tape = self.step.tape
        if self.batch_axis is not None:
            said = {ref: self.batch_axis for ref in self.step.inputs if len(tape.shape(ref)) > self.batch_axis}
            return said | dict.fromkeys(self.states, 1)
        held = {source: sequences_axis(tape, source) for source in self.step.inputs}
        beside = samples_by_layers(self.step) | samples_beside_positions(self.step)
        for source in (source for source, axis in held.items() if axis is None):
            named = named_samples_axis(tape, source)
            held[source] = beside.get(source) if named is None else named
        known = {source: axis for source, axis in held.items() if axis in (0, 1)}
        shifted = {shift.source: shift.batch_axis for shift in self.shifts if shift.is_only}
        return known | shifted | dict.fromkeys(self.states, 1)

    @cached_property
    def is_of_one_sample(self) -> bool:
        """Whether each input holds one sample only, as far as it is known where its samples lie."""
        axes = {ref: self.batch_axes.get(ref, 0) for ref in self.step.inputs if self.step.tape.shape(ref)}
        return bool(axes) and all(self.step.tape.shape(ref)[axis] == 1 for ref, axis in axes.items())

    @cached_property
    def states(self) -> frozenset[Ref]:
        """The inputs that are the states which recurrent layers start from."""
        return handed_states(self.step)


@dataclass(frozen=True, slots=True)
class Probe:
    """One question about a training step.

    Args:
        what: What holds where nothing is seen, as the report says it: ``"masks of an attention hide keys"``.
        see: Yields what it sees; it may raise `CannotTellError`.
        needs_no_run: Whether the tape alone answers it, so that it is asked of a step that cannot be run again, too.
        in_evaluation: Whether it is asked of what is measured in evaluation as well.
        of_followed: Whether it is asked of the calls that follow the first one of an evaluation, one after the other.
        of_collected: Whether it is asked of what was collected of a whole evaluation, which has no step to run again.
        of_samples: Whether it holds samples against each other, so that a batch of one can never speak against it.
        turn: When it is asked.
    """

    what: str
    see: Callable[[Look], Iterable[Sighting]]
    needs_no_run: bool = False
    in_evaluation: bool = False
    of_followed: bool = False
    of_collected: bool = False
    of_samples: bool = False
    turn: Turn = Turn.MIDDLE
