"""What is joined or stacked must agree: another axis, an axis put in or left out, or a part made wider."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import with_keyword, without_keyword
from shapecheck.reading.failing import axis_told, failed, says, tensors, value
from shapecheck.reading.mismatches import JOINS, dtype_of, sizes_of, without_axis
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import user_sources
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.joins.maps_beside_rows import maps_beside_rows
from shapecheck.remedies.joins.turned_parts import doubt_of_maps, turned_parts
from shapecheck.remedies.moves import keyword, put_behind
from shapecheck.remedies.operands.made_wider import made_wider
from shapecheck.remedies.operands.other_axis_asked import other_axis_asked
from shapecheck.remedies.recurrent_states.all_layers_handed_over import used_states
from shapecheck.remedies.recurrent_states.states import FEW_LAYERS, states_beside_vectors
from shapecheck.remedies.reductions.axis_kept import axis_kept
from shapecheck.remedies.samples.batches import drop_last
from shapecheck.remedies.sequences.paddings import padded_stack

_SPREAD = "the other may have an axis too many, over which it is to be averaged or one step of it taken"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for tensors that cannot be put together."""
    operation = failed(evidence, "cat", "concat", "concatenate", "stack", "hstack", "vstack")
    if operation is None:
        return []
    items = [item for item in tensors(operation) if item.value.record is not None]
    told = value(operation, "dim", "axis")
    along = int(told.text) if told is not None and told.text.isdecimal() else None
    states = [*used_states(evidence, items, along=along), *states_beside_vectors(items)]
    return [*_joined(evidence, operation, items, operation.name.rpartition(".")[2]), *states]


def _joined(evidence: Evidence, operation: Operation, items: Sequence[Argument], name: str) -> Iterator[Candidate]:
    shapes = [item.value.record.shape for item in items if item.value.record is not None]
    yield from padded_stack(evidence, operation, name)
    yield from _lower_call(evidence, operation, shapes)
    if not shapes:
        is_torchs = operation.name.startswith("torch") and value(operation, "dim", "axis") is None
        if name in JOINS and is_torchs:
            # Results of calls, whose shapes nobody holds: the features are what is put side by side most often.
            yield from keyword(operation, "dim", "-1", -1, cost=0.3)
        return
    counts = [len(shape) for shape in shapes]
    usual = max(set(counts), key=counts.count)
    axis = axis_told(operation)
    if len(set(counts)) > 1:
        models = (usual, max(counts), min(counts)) if len(counts) == 2 else (usual,)
        for model in models:
            yield from _odd_ones(evidence, items, counts, model, axis if name != "stack" else None)
        return
    if not usual:
        # Numbers, which have no axis that could be another one.
        return
    if name in JOINS:
        different = [at for at in range(usual) if len({shape[at] for shape in shapes}) > 1]
        if len(different) == 1 and different[0] != axis % max(usual, 1):
            along, cost = different[0], 0.4 if value(operation, "dim", "axis") is not None else 0.2
            found = keyword(operation, "dim", str(along), along, cost=cost)
            yield from (replace(each, doubt=doubt_of_maps(evidence, items)) for each in found)
        yield from turned_parts(evidence, operation, items, axis % max(usual, 1))
        yield from _upsampled(evidence, shapes, cost=0.3)
    if name in ("cat", "concat", "concatenate", "stack"):
        for at, item in enumerate(items):
            others = [shape for place, shape in enumerate(shapes) if place != at]
            if others and (name == "stack" or axis % usual != usual - 1):
                yield from made_wider(evidence, item, others[0][-1] if others[0] else 0, cost=0.5)
            yield from other_axis_asked(evidence, item, cost=0.35, wanted=_wanted(item, others, name, axis % usual))
    yield from drop_last(evidence, cost=1.5)


def _wanted(item: Argument, others: Sequence[tuple[int, ...]], name: str, axis: int) -> tuple[int, ...]:
    """The sizes that a part must have where it lacks one alone; () where the others disagree.

    Along the axis that it is joined along these are its own.
    """
    own = sizes_of(item)
    ways = {other if name == "stack" else (*other[:axis], own[axis], *other[axis + 1 :]) for other in others}
    way = ways.pop() if len(ways) == 1 else ()
    return way if len(way) == len(own) and sum(have != want for have, want in zip(own, way, strict=True)) == 1 else ()


def _lower_call(evidence: Evidence, operation: Operation, shapes: Sequence[tuple[int, ...]]) -> Iterator[Candidate]:
    """A reduction among what is joined whose shape nobody holds, where the exception says that an axis is missing."""
    said = says(evidence, r"same number of dimensions: got (\d+) and (\d+)")
    if said is None:
        return
    counts = {int(each) for each in said.groups()}
    known = {len(shape) for shape in shapes}
    for item in operation.arguments if max(counts) - min(counts) == 1 and known <= {max(counts)} else ():
        if item.value.record is None and item.span is not None:
            yield from axis_kept(evidence, item, cost=0.1)


def _upsampled(evidence: Evidence, shapes: Sequence[tuple[int, ...]], *, cost: float) -> Iterator[Candidate]:
    """A transposed convolution that gives a little less than what it is joined with: the size was odd before."""
    if len(shapes) != 2 or len(shapes[0]) != len(shapes[1]):
        return
    missing = {abs(left - right) for left, right in zip(shapes[0][2:], shapes[1][2:], strict=True)} - {0}
    if missing != {1}:
        return
    for source in user_sources(evidence):
        for call in source.calls("ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"):
            change = with_keyword(source.span(call), "output_padding", "1")
            if change is not None:
                yield Candidate("output_padding=1", (change,), (), cost)


def _odd_ones(
    evidence: Evidence, items: Sequence[Argument], counts: Sequence[int], usual: int, along: int | None
) -> Iterator[Candidate]:
    """The tensors with another number of axes than the rest."""
    beside = next(item for item, count in zip(items, counts, strict=True) if count == usual)
    model = sizes_of(beside)
    for item, count in zip(items, counts, strict=True):
        record = item.value.record
        if record is None or count == usual:
            continue
        sizes = record.shape
        if count == usual + 1:
            # What is joined along the axis that was kept was to keep it.
            place = along % count if along is not None else count
            is_meant = sizes[place : place + 1] == (1,)
            yield from _without_kept_axis(evidence, item, cost=0.25 if is_meant else 0.05)
            for axis, size in enumerate(sizes):
                if size == 1:
                    step = Step("squeeze", item.role, (axis,))
                    # Columns of as many rows lie side by side; without their axis they would follow each other.
                    cost = 0.7 if axis == place and without_axis(sizes, axis) == model else 0.2
                    yield from put_behind(evidence, item, f".squeeze({axis})", [step], cost=cost, prefer="origin")
            for axis in range(2):
                left = sizes[:axis] + sizes[axis + 1 :]
                if left[:-1] == model[:-1] and axis == 0 and item.value.kind == "tensor":
                    # Of few it may be the state of the last layer, of many the last sample.
                    far = 0.5 if sizes[0] <= FEW_LAYERS else 0.6
                    yield from put_behind(evidence, item, "[-1]", [Step("item", item.role, (-1,))], cost=far)
        if count > usual + 1 and usual > 1 and along == usual - 1 and sizes[: usual - 1] == model[:-1]:
            yield from maps_beside_rows(evidence, item, items, usual - 1)
        if count == usual - 1:
            if dtype_of(beside).startswith(("float", "bfloat")):
                yield from _one_hot(item, cost=0.04)
            yield from axis_kept(evidence, item, cost=0.1)
            for axis in range(usual):
                grown = (*sizes[:axis], model[axis] if axis < len(model) else 1, *sizes[axis:])
                fits = sum(left == right for left, right in zip(grown, model, strict=False))
                one = [Step("unsqueeze", item.role, (axis,))]
                # What is joined along an axis lacks this one more often than another.
                cost = 0.6 - 0.1 * fits - 0.05 * (axis in (along, (along or 0) + usual))
                yield from put_behind(evidence, item, f".unsqueeze({axis})", one, cost=cost + 0.1)
                if axis < len(model) and model[axis] != 1:
                    sizes_text = ", ".join(asked(beside, axis) if at == axis else "-1" for at in range(usual))
                    numbers = tuple(model[axis] if at == axis else -1 for at in range(usual))
                    steps = [*one, Step("expand", item.role, numbers)]
                    text = f".unsqueeze({axis}).expand({sizes_text})"
                    for each in put_behind(evidence, item, text, steps, cost=cost + 0.15):
                        yield replace(each, doubt=_SPREAD if along == 0 else "")


def _one_hot(item: Argument, *, cost: float) -> Iterator[Candidate]:
    """Classes as columns: indices put beside features mean nothing as numbers."""
    record, most = item.value.record, item.value.facts.get("max")
    if record is None or item.span is None or record.dtype != "int64" or most is None or not 0 < most < 1000:
        return
    text = f"torch.nn.functional.one_hot({item.span.text}, {int(most) + 1}).float()"
    yield Candidate(text, (Change(item.span, text),), (), cost)


def _without_kept_axis(evidence: Evidence, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """``keepdim=True`` where the axis should go."""
    for origin in made_or_written(evidence, item):
        change = without_keyword(origin.span, "keepdim")
        if change is not None:
            yield Candidate("without keepdim=True", (change,), (), cost)
