"""Steps joined with what there is once for each sample, as the layer that reads the join says by its width."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.edits import argument, call_of, piece, suffixed, with_keyword
from shapecheck.reading.failing import RECURRENT, axis_told, failed, operand, tensors, value
from shapecheck.reading.layers.readers import width_wanted
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import last_name
from shapecheck.remedies.recurrent_states.states import FEW_LAYERS

_OTHER_STEP = "the mean over the steps, or the first one, may have been meant"
# What it costs where both are made flat: no more than a join along the axis that the reader takes.
_FLAT = 0.02
EITHER = "the samples and the steps are as many, so which axis the steps lie along is not known"


@dataclass(frozen=True, slots=True)
class _Pair:
    """What is joined.

    Args:
        steps: The tensor with an axis more.
        samples: The one without it.
        axis: The axis that it has more.
        along: The axis along which they are joined.
    """

    steps: Argument
    samples: Argument
    axis: int
    along: int

    def cost_of(self, features: int) -> float:
        """What a change costs behind which the features lie on this axis: the less, the better the join says so.

        The third axis is there among steps alone; the second one may be meant for either.
        """
        if self.along in (-1, features):
            return 0.05 if features == 1 else 0.04
        return 0.08 if features == 2 else 0.1


def candidates(evidence: Evidence) -> list[Candidate]:
    """The last step, or what there is of each sample at every step: where side by side they are as wide as is read."""
    operation = failed(evidence, *JOINS)
    if operation is None or operation.span is None:
        return []
    items = [item for item in tensors(operation) if item.span is not None]
    flat = list(_flattened(evidence, operation, items))
    if len(items) != 2 or flat:
        return flat
    steps, samples = sorted(items, key=lambda each: -len(sizes_of(each)))
    large, small = sizes_of(steps), sizes_of(samples)
    if len(large) != 3 or len(small) != 2 or width_wanted(evidence, operation.span) != large[-1] + small[-1]:
        return []
    along = axis_told(operation)
    # Few rows in front are the layers of a state, of which other remedies take the last one.
    axes = [at for at in (1, 0) if large[1 - at] == small[0] and large[at] > 1 and (at or large[0] > FEW_LAYERS)]
    doubt = EITHER if len(axes) > 1 else ""
    return [way for at in axes for way in _ways(evidence, operation, _Pair(steps, samples, at, along), doubt)]


def _flattened(evidence: Evidence, operation: Operation, items: list[Argument]) -> Iterator[Candidate]:
    """All that a sample has as one row, beside parts that are rows: ``cat([e.flatten(1), x], 1)``."""
    shapes = [sizes_of(item) for item in items if item.role != "tensors"]
    deep = [item for item in items if len(sizes_of(item)) > 2]
    given = value(operation, "dim", "axis")
    if not deep or len({sizes[:1] for sizes in shapes}) != 1 or 2 not in map(len, shapes) or operation.span is None:
        return
    if given is None or given.text not in ("1", "-1") or operation.name.endswith("stack"):
        return
    if width_wanted(evidence, operation.span) == sum(prod(sizes[1:]) for sizes in shapes):
        changes = tuple(suffixed(item.span, ".flatten(1)") for item in deep if item.span is not None)
        steps = tuple(Step("flatten", item.role, (1, -1)) for item in deep)
        yield Candidate(", ".join(each.text for each in changes), changes, steps, _FLAT)


def _ways(evidence: Evidence, operation: Operation, pair: _Pair, doubt: str) -> Iterator[Candidate]:
    """One change alone costs less than one that needs another axis for the join as well."""
    steps, samples, axis = pair.steps, pair.samples, pair.axis
    if steps.span is None or samples.span is None:
        return
    taken = ((":", -1), "[:, -1]") if axis == 1 else ((-1,), "[-1]")
    step = (Step("item", steps.role, taken[0]),)
    of_last = doubt or ("" if _is_of_recurrent(evidence, steps.span) else _OTHER_STEP)
    last = Candidate("", (suffixed(steps.span, taken[1]),), step, pair.cost_of(1), of_last)
    sizes = ["-1", "-1", "-1"]
    sizes[axis] = asked(steps, axis)
    numbers = tuple(sizes_of(steps)[axis] if at == axis else -1 for at in range(3))
    trial = (Step("unsqueeze", samples.role, (axis,)), Step("expand", samples.role, numbers))
    change = suffixed(samples.span, f".unsqueeze({axis}).expand({', '.join(sizes)})")
    spread = Candidate("", (change,), trial, pair.cost_of(2), doubt)
    for way, features in ((last, 1), (spread, 2)):
        yield from _along_features(operation, way, is_so=pair.along in (-1, features))


def _is_of_recurrent(evidence: Evidence, span: Span) -> bool:
    """Whether steps are what a recurrent layer of one direction gave, whose last step has seen all of them."""
    for place in spans_of(evidence, span, parts=True):
        call = call_of(place)
        for origin in trace(evidence, piece(place, call.func)) if call is not None else ():
            made = call_of(origin.span)
            if made is not None and last_name(made.func) in RECURRENT:
                flag = argument(origin.span, "bidirectional", 7)
                return flag is None or flag.text == "False"
    return False


def _along_features(operation: Operation, way: Candidate, *, is_so: bool) -> Iterator[Candidate]:
    """A change together with the last axis for the join, where another one is written."""
    title = way.changes[0].text
    if is_so or operation.span is None:
        yield replace(way, title=title)
        return
    place = argument(operation.span, "dim", 1) or argument(operation.span, "axis", 1)
    along = Change(place, "-1") if place is not None else with_keyword(operation.span, "dim", "-1")
    given = operand(operation, "dim", "axis")
    # What was given by its place cannot be given by name as well when the call is tried.
    is_tried = given is None or given.keyword == "dim"
    trial = (*way.trial, Step("keyword", "", ("dim", -1))) if is_tried else ()
    if along is not None:
        yield replace(way, title=f"{title}, dim=-1", changes=(*way.changes, along), trial=trial)
