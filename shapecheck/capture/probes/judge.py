"""Asks every probe about one training step, and keeps what each saw, what it checked and what it could not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from shapecheck.capture.probes.across import across
from shapecheck.capture.probes.activations import activations
from shapecheck.capture.probes.bags import filler_in_bags
from shapecheck.capture.probes.carried import carried
from shapecheck.capture.probes.cell_state import cell_state
from shapecheck.capture.probes.channels import steps_for_channels
from shapecheck.capture.probes.class_axis import Known, guessed_along_other_axis, known_by_model
from shapecheck.capture.probes.dead_join import dead_joins
from shapecheck.capture.probes.dropped import dropped
from shapecheck.capture.probes.features import left_at_default, softmax_of_one
from shapecheck.capture.probes.formulas import formulas
from shapecheck.capture.probes.growth import grows
from shapecheck.capture.probes.heads import heads_joined
from shapecheck.capture.probes.influence import without_influence
from shapecheck.capture.probes.layout import layout
from shapecheck.capture.probes.left_early import left_early
from shapecheck.capture.probes.mask_rows import masks_on_queries
from shapecheck.capture.probes.masked_mean import masked_mean
from shapecheck.capture.probes.masks import masks_along_wrong_axis
from shapecheck.capture.probes.mixing import Way, mixing, ways_of
from shapecheck.capture.probes.one_sample import one_sample
from shapecheck.capture.probes.outer import outer, whole_argmax
from shapecheck.capture.probes.own_target import own_targets
from shapecheck.capture.probes.padding import padding_counted
from shapecheck.capture.probes.padding_seen import padding_seen
from shapecheck.capture.probes.paired import paired
from shapecheck.capture.probes.positions import positions
from shapecheck.capture.probes.question import question
from shapecheck.capture.probes.recut_scores import recut_scores
from shapecheck.capture.probes.renamed import renamed
from shapecheck.capture.probes.repeated import repeated
from shapecheck.capture.probes.rows import misaligned
from shapecheck.capture.probes.samples_axis import samples_axis
from shapecheck.capture.probes.shifted import leaks, shifts
from shapecheck.capture.probes.sighting import Sighting
from shapecheck.capture.probes.squeezed import squeezed
from shapecheck.capture.probes.squeezed_too_far import squeezed_too_far
from shapecheck.capture.probes.step import Step
from shapecheck.capture.probes.steps_taken import steps_taken
from shapecheck.capture.probes.unbatched import unbatched
from shapecheck.capture.probes.weighed import weighed
from shapecheck.findings import NotChecked

See = Callable[[Step, list[Way]], Iterable[Sighting]]

_MEASURED = "nothing that is measured runs along the samples"
_GUESSED = "the likeliest class is sought along the axis that the loss takes for the classes"
_CARRIED = "no state is carried into an unrelated batch"
# What is checked -> who does it. The order is that of the report. The first ones look at shapes alone.
_BY_SHAPES: dict[str, See] = {
    "no elementwise operation holds every prediction against every target": lambda step, ways: outer(step),
    "labels are compared with one guess for each row": lambda step, ways: whole_argmax(step),
}
_CHECKS: dict[str, See] = {
    **_BY_SHAPES,
    "the loss is fed with what it takes": lambda step, ways: activations(step),
    "formulas for probabilities are fed with probabilities": lambda step, ways: formulas(step),
    "no recurrent layer takes the samples for one sequence": unbatched,
    "each input of a model influences something": lambda step, ways: (*without_influence(step), *dead_joins(step)),
    "no sample's loss is overwritten by another's": lambda step, ways: (*dropped(step), *left_early(step)),
    "no sample is picked out of a batch for the loss": one_sample,
    "no axis is dropped for its size alone": lambda step, ways: (*squeezed(step), *squeezed_too_far(step)),
    "the step and the layer that are taken of a recurrent layer": lambda step, ways: steps_taken(step),
    "the directions that are taken together belong to one layer": lambda step, ways: layout(step),
    "h and c of an LSTM go where they belong": lambda step, ways: cell_state(step),
    "masks are made along the axis that the lengths count": lambda step, ways: masks_along_wrong_axis(step),
    "a next-step model is asked for what it has not seen": lambda step, ways: own_targets(step),
    "masks of an attention hide keys": lambda step, ways: masks_on_queries(step),
    "no filler lies in a bag": lambda step, ways: filler_in_bags(step),
    "padding is not pooled over": lambda step, ways: padding_counted(step),
    "no mean divides by what a mask leaves out": lambda step, ways: masked_mean(step),
    "the content of padding has no influence": lambda step, ways: padding_seen(step),
    "positions are counted along the sequence": positions,
    _MEASURED: across,
    _GUESSED: lambda step, ways: guessed_along_other_axis(step),
    "copies of a sample meet what belongs to it": repeated,
    "rows of the same samples come in the same order": lambda step, ways: paired(step),
    "prediction and target of a sample meet": misaligned,
    "no softmax runs along a single score": lambda step, ways: softmax_of_one(step),
    "no normalisation is left at an axis that holds no features": lambda step, ways: left_at_default(step),
    "layers read features as features and steps as steps": lambda step, ways: steps_for_channels(step),
    "weights sum to one along the axis that is summed over": lambda step, ways: weighed(step),
    "heads are joined at the step that they belong to": lambda step, ways: heads_joined(step),
    "a reshape takes each axis where its names say": lambda step, ways: renamed(step),
    "scores and target of a position meet": lambda step, ways: recut_scores(step),
}
# What is told only where nothing else was said of the line.
_AFTER = frozenset(["axes_renamed", "argmax_along_other_axis"])
_APART = "each sample has its own terms of the loss"
_NO_GROWTH = "the graph of the loss does not grow from step to step"
_FUTURE = "no step of a next-step model sees a later one"


@dataclass(slots=True)
class Verdicts:
    """What came out of all steps.

    Args:
        batch_axis: The axis of all inputs that holds the samples, if somebody said so.
    """

    batch_axis: int | None = None
    sightings: list[Sighting] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    not_checked: list[NotChecked] = field(default_factory=list)
    _before: Step | None = None
    _classes: Known = field(default_factory=dict)

    def judge(self, step: Step) -> None:
        """Ask every probe about a step."""
        self._try(_NO_GROWTH, lambda: grows(step))
        try:
            step.run()
        except Exception as error:
            self._leave("the step as a whole", f"it could not be run again: {error}")
            self._by_shapes(step)
            self._before = step
            return
        ways, left = ways_of(step)
        for what, why in left:
            self._leave(what, why)
        if not step.terms:
            self._leave(_APART, "what the loss adds up could not be told")
        elif not step.inputs:
            self._leave(_APART, "no input of the model was found")
        else:
            self._try(_APART, lambda: self._apart(step, ways))
        for what, see in _CHECKS.items():
            self._try(what, lambda see=see: see(step, ways))  # type: ignore[misc]
        self._try(_CARRIED, lambda: carried(step, self._before))
        self._classes |= known_by_model(step)
        self._before = step

    def judge_evaluation(self, step: Step) -> None:
        """Ask what a script measures of a model in evaluation."""
        self._try(_MEASURED, lambda: across(step, ways_of(step)[0]))
        self._try(_GUESSED, lambda: guessed_along_other_axis(step, self._classes))

    def _by_shapes(self, step: Step) -> None:
        for what, see in _BY_SHAPES.items():
            self._try(what, lambda see=see: see(step, []))  # type: ignore[misc]

    def _apart(self, step: Step, ways: list[Way]) -> Iterable[Sighting]:
        found = shifts(step)
        held = {source: samples_axis(step.tape, source) for source in step.inputs}
        known = {source: axis for source, axis in held.items() if axis in (0, 1)}
        known |= {shift.source: shift.batch_axis for shift in found}
        if self.batch_axis is not None:
            known = {ref: self.batch_axis for ref in step.inputs if len(step.tape.shape(ref)) > self.batch_axis}
        yield from mixing(step, ways, known)
        yield from question(step, ways, known)
        for shift in found:
            self._try(_FUTURE, lambda shift=shift: leaks(step, shift))  # type: ignore[misc]

    def _try(self, what: str, see: Callable[[], Iterable[Sighting]]) -> None:
        try:
            for seen in see():
                if not any(_is_same(seen, other) for other in self.sightings):
                    self.sightings.append(seen)
        except Exception as error:
            self._leave(what, f"{type(error).__name__}: {error}")
            return
        if what not in self.checked:
            self.checked.append(what)

    def _leave(self, what: str, why: str) -> None:
        item = NotChecked(what, why.splitlines()[0][:200] if why else "")
        if item not in self.not_checked:
            self.not_checked.append(item)


def _is_same(one: Sighting, other: Sighting) -> bool:
    return (one.kind == other.kind or one.kind in _AFTER) and (
        one.span is None or other.span is None or one.span.line == other.span.line
    )
