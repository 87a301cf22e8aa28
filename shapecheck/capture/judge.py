"""Asks every probe about one training step, and keeps what each saw, what it checked and what it could not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from textwrap import shorten

from shapecheck.capture.instruments.axes.classes import Known, known_by_model
from shapecheck.capture.instruments.axes.samples_of_models import KnownSamples, samples_by_model
from shapecheck.capture.instruments.axes.ways import ways_of
from shapecheck.capture.instruments.steps.start_symbols import KnownStarts, with_starts
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import CannotTellError, Look, Probe, Turn
from shapecheck.capture.probes import all_probes
from shapecheck.capture.recording.step import Step
from shapecheck.errors import let_through
from shapecheck.findings import NotChecked

# So long checks are begun, in seconds: what is left then is told. A few seconds are usual.
MAX_SECONDS = 120.0
# So many characters of a reason are told.
_WHY = 200
# So many sizes batches of one size may have: that, and what is left for the last one.
_FULL_AND_LAST = 2
_ONE_SAMPLE = ("whether samples keep to themselves", "each batch held a single sample; two are enough to tell")
_NO_SAMPLES = (
    _ONE_SAMPLE[0],
    "no two steps had as many items along the axis where they meet: these may be parts of one",
)
_EMPTY = ("a step as a whole", "its batch was empty: in what the model was given there is nothing to look at")
_LATE = "all the checks together took longer than {:.0f} seconds"


@dataclass(slots=True)
class Verdicts:
    """What came out of all steps.

    Args:
        batch_axis: The axis of all inputs that holds the samples, if somebody said so.
    """

    batch_axis: int | None = None
    sightings: list[Sighting] = field(default_factory=list)
    checked: dict[str, None] = field(default_factory=dict)
    not_checked: list[NotChecked] = field(default_factory=list)
    _last: list[Sighting] = field(default_factory=list)
    _before: Step | None = None
    _classes: Known = field(default_factory=dict)
    _samples: KnownSamples = field(default_factory=dict)
    _starts: KnownStarts = field(default_factory=dict)
    _shapes: list[list[tuple[int, ...]]] = field(default_factory=list)
    _worked: float = 0.0
    _begun: float = 0.0

    @property
    def standing(self) -> list[Sighting]:
        """What was seen, and no later step has disproved."""
        return [seen for seen in self.sightings if not self._is_disproved(seen)]

    @property
    def left(self) -> list[NotChecked]:
        """What was not checked, and what was but cannot be told."""
        return [*self.not_checked, *([NotChecked(*_NO_SAMPLES)] if len(self.standing) < len(self.sightings) else [])]

    def judge(self, step: Step) -> None:
        """Ask every probe about a step."""
        with self._working():
            if self._is_late():
                self._leave("a later step", _LATE.format(MAX_SECONDS))
                return
            if step.inputs and all(0 in step.tape.shape(ref) for ref in step.inputs):
                self._leave(*_EMPTY)
                return
            look = Look(step, before=self._before, batch_axis=self.batch_axis)
            self._before = step
            self._shapes.append([step.tape.shape(ref) for ref in step.inputs])
            try:
                step.run()
            except Exception as error:
                self._leave(
                    "the step as a whole",
                    f"shapecheck could not run it again, which need not be a mistake of the script: {error}",
                )
                for probe in all_probes():
                    if probe.needs_no_run:
                        self._ask(probe, look)
                return
            look.seen, left = ways_of(step)
            for what, why in left:
                self._leave(what, why)
            for probe in all_probes():
                self._ask(probe, look)
            self._classes |= known_by_model(step)
            self._samples |= samples_by_model(step)
            self._starts = with_starts(self._starts, step)

    def judge_evaluation(self, step: Step) -> None:
        """Ask what a script measures of a model in evaluation."""
        with self._working():
            look = Look(step, classes=self._classes, samples=self._samples)
            look.seen, _ = ways_of(step)
            for probe in all_probes():
                if probe.in_evaluation:
                    self._ask(probe, look)

    def judge_followed(self, step: Step) -> None:
        """Ask what a script went on to do with a model in evaluation."""
        with self._working():
            for probe in all_probes():
                if probe.of_followed:
                    self._ask(probe, Look(step, starts=self._starts))

    def judge_collected(self, step: Step) -> None:
        """Ask what was made of the outputs of a whole evaluation."""
        with self._working():
            for probe in all_probes():
                if probe.of_collected:
                    self._ask(probe, Look(step))

    @contextmanager
    def _working(self) -> Iterator[None]:
        self._begun = time.monotonic()
        try:
            yield
        finally:
            self._worked += time.monotonic() - self._begun

    def _is_late(self) -> bool:
        return self._worked + time.monotonic() - self._begun > MAX_SECONDS

    def _ask(self, probe: Probe, look: Look) -> None:
        if self._is_late():
            # What an earlier step was asked is not unasked; of this step it is.
            self._leave("a later step" if probe.what in self.checked else probe.what, _LATE.format(MAX_SECONDS))
            return
        try:
            for seen in probe.see(look):
                if any(_is_same(seen, other, probe.turn) for other in self.sightings):
                    continue
                seen = replace(seen, check=probe.what)
                if probe.turn >= Turn.LAST:
                    self._last.append(seen)
                else:
                    # What an earlier step had nothing better for was told for want of this.
                    self.sightings[:] = [one for one in self.sightings if not self._is_instead(seen, one)]
                self.sightings.append(seen)
            self._answer(probe, look)
        except CannotTellError as reason:
            self._leave(probe.what, str(reason))
        except Exception as error:
            let_through(error)
            self._leave(probe.what, f"{type(error).__name__}: {error}")

    def _answer(self, probe: Probe, look: Look) -> None:
        """Count a question as asked; of samples only where there was more than one, or it saw something."""
        if probe.of_samples and not self._has_seen(probe) and look.is_of_one_sample:
            if not any(each.of_samples and each.what in self.checked for each in all_probes()):
                self._leave(*_ONE_SAMPLE)
        elif probe.what not in self.checked:
            self.checked[probe.what] = None
            if probe.of_samples:
                # What one step had too few samples for, another one had enough for.
                self.not_checked[:] = [item for item in self.not_checked if item != NotChecked(*_ONE_SAMPLE)]

    def _has_seen(self, probe: Probe) -> bool:
        return any(seen.check == probe.what for seen in self.sightings)

    def _is_disproved(self, seen: Sighting) -> bool:
        """Whether what was taken for samples comes in another number in every step: batches are of one size.

        Only the last one is smaller; points of a cloud, and nodes of a graph, are as many as there are.
        """
        if seen.taken_for_samples is None:
            return False
        at, axis = seen.taken_for_samples
        counts = [shapes[at][axis] for shapes in self._shapes if len(shapes) > at and len(shapes[at]) > axis]
        return len(counts) > _FULL_AND_LAST and len({*counts}) == len(counts)

    def _is_instead(self, seen: Sighting, other: Sighting) -> bool:
        is_last = any(other is one for one in self._last)
        return is_last and seen.span is not None and _is_same(seen, other, Turn.LAST)

    def _leave(self, what: str, why: str) -> None:
        item = NotChecked(what, shorten(why.splitlines()[0], _WHY, placeholder=" ...") if why else "")
        if item not in self.not_checked:
            self.not_checked.append(item)


def _is_same(one: Sighting, other: Sighting, turn: Turn) -> bool:
    if turn < Turn.LAST:
        return one.kind == other.kind and _meet(one, other)
    return _meet(one, other) or _is_told_by(one, other) or _is_told_by(other, one)


def _meet(one: Sighting, other: Sighting) -> bool:
    return one.span is None or other.span is None or one.span.line == other.span.line


def _is_told_by(one: Sighting, other: Sighting) -> bool:
    """Whether another one is told where a change would mend what this one saw."""
    return other.span is not None and any(other.span.line == span.line for span in one.instead)
