"""Vectors that are scaled to length one along another axis than the one along which they are multiplied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.instruments.axes.features_axis import features_of, followed
from shapecheck.capture.instruments.axes.unit_norms import Unit, along, units
from shapecheck.capture.instruments.tensors.makers import FEATURES_LAST, maker
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, other_axis, sighted
from shapecheck.capture.instruments.trials.tried import tried
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.findings import Fix

_MATRIX_PRODUCTS = frozenset(["matmul", "bmm"])


@dataclass(frozen=True, slots=True, eq=False)
class _Meeting:
    """Where two tensors are multiplied and added up: along which axis of each."""

    left: Ref
    right: Ref
    axes: tuple[int, int]
    is_of_features: bool = False


def unit_vectors(step: Step) -> Iterator[Sighting]:
    """Products of unit vectors that are no cosines, because they run along another axis than the lengths.

    Both factors must have been scaled, along the axis that the sum leaves. Of matrix products, which may be meant the
    other way round, the layers that made the factors must say that it is their features that are added up.
    """
    found = list(units(step.tape, [index for index in step.order if index in step.to_loss]))
    lies = [followed(step.tape, {unit.ref: unit.axis}, [i for i in step.order if i > unit.ref.node]) for unit in found]
    features = features_of(step.tape, step.order)
    for meeting in _meetings(step, features):
        left = next(
            (unit for unit, held in zip(found, lies, strict=True) if _misses(held, meeting.left, meeting.axes[0])), None
        )
        right = next(
            (unit for unit, held in zip(found, lies, strict=True) if _misses(held, meeting.right, meeting.axes[1])),
            None,
        )
        if left is None or right is None or left.axis != right.axis:
            continue
        if not meeting.is_of_features and left is right:
            continue
        yield _told(step, list(dict.fromkeys([left, right])))
        return
    yield from _cosines(step, features)


def _misses(held: dict[Ref, int], ref: Ref, axis: int) -> bool:
    return ref in held and held[ref] != axis


def _meetings(step: Step, features: dict[Ref, int]) -> Iterator[_Meeting]:
    for index in step.order:
        node = step.node(index)
        if index not in step.to_loss or len(node.parents) != 2:
            continue
        left, right = node.parents
        shapes = step.tape.shape(left), step.tape.shape(right)
        ndim = len(shapes[0])
        if ndim < 3 or len(shapes[1]) != ndim:
            continue
        if node.name == "mul" and shapes[0] == shapes[1]:
            readers = [step.node(i) for i in step.order if i > index and Ref(index) in step.node(i).parents]
            summed = axis_of(readers[0], ndim) if len(readers) == 1 and readers[0].name == "sum" else None
            if summed == ndim - 1 and {features.get(left, summed), features.get(right, summed)} == {summed}:
                yield _Meeting(left, right, (summed, summed))
        elif node.name in _MATRIX_PRODUCTS and (features.get(left), features.get(right)) == (ndim - 1, ndim - 2):
            yield _Meeting(left, right, (ndim - 1, ndim - 2), is_of_features=True)


def _told(step: Step, found: list[Unit]) -> Sighting:
    first = found[0]
    shape = step.tape.shape(first.source)
    new = 3 - first.axis if len(shape) == 3 and first.axis else len(shape) - 1
    text = (
        f"the vectors of {shape} are scaled to length one along axis {first.axis}, and their products are added up "
        f"along axis {new}: what comes out is no cosine, and each number in it hangs on what stands elsewhere along "
        f"axis {first.axis}"
    )
    edits = [other_axis(unit.node, new if new < len(shape) - 1 else -1) for unit in found]
    lines = [edit[0].line for edit in edits if edit]
    is_whole = len(set(lines)) == len(found)
    runs: dict[int, Run] = {unit.node.index: along(unit.node, new) for unit in found}
    fix = Fix(f"dim={new}", tuple(e for edit in edits for e in edit) if is_whole else (), tried(step, runs))
    return sighted("scaled_along_other_axis", first.node, text, (fix,))


def _cosines(step: Step, features: dict[Ref, int]) -> Iterator[Sighting]:
    """``cosine_similarity(a, b, dim=1)`` of vectors that networks made along the last axis."""
    for index in step.order:
        node = step.node(index)
        if node.name != "cosine_similarity" or index not in step.to_loss or len(node.parents) != 2:
            continue
        shape = step.tape.shape(node.parents[0])
        given = node.kwargs.get("dim", node.args[2] if len(node.args) > 2 else 1)
        call = call_at(node)
        if given not in (1, -2) or len(shape) != 3 or min(shape) < 2 or step.tape.shape(node.parents[1]) != shape:
            continue
        if call is None or not (len(call.args) > 2 or any(word.arg == "dim" for word in call.keywords)):
            continue
        if not all(_is_embedding(step, ref, features) for ref in node.parents):
            continue
        text = (
            f"cosine_similarity runs along axis 1 of {shape}; the features, which the layers of both sides made, are "
            f"the last: each of the {shape[-1]} features is compared over the {shape[1]} positions together, and no "
            "vector with another"
        )
        fix = Fix("dim=-1", other_axis(node, -1), tried(step, {index: along(node, -1)}))
        yield sighted("scaled_along_other_axis", node, text, (fix,))
        return


def _is_embedding(step: Step, ref: Ref, features: dict[Ref, int]) -> bool:
    """Whether the layer in front made the last axis of it."""
    made = maker(step, ref)
    if ref not in step.learned or made is None or made.name not in FEATURES_LAST:
        return False
    return features.get(Ref(made.index), features.get(ref)) == len(step.tape.shape(ref)) - 1


PROBE = Probe(
    "unit vectors are multiplied along the axis that has their length",
    lambda look: unit_vectors(look.step),
)
