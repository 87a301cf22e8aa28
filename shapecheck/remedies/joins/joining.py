"""Operations on two or more tensors that must agree: cat, stack, sums, products, matrix products, attention."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import prod

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading import mismatches
from shapecheck.reading.compared.labels_of_pairs import are_labels_of_pairs
from shapecheck.reading.compared.noise_by_rows import doubt_of_noise
from shapecheck.reading.compared.picked_columns import picks_columns
from shapecheck.reading.edits import bracketed, call_of, piece, with_keyword, without_keyword
from shapecheck.reading.failing import failed, says, tensors, value
from shapecheck.reading.mismatches import sizes_of, spreads
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import names_in, node_at, statement_of, user_sources
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.cuts.cut_columns import doubt_of_turn
from shapecheck.remedies.joins.maps_beside_rows import maps_beside_rows
from shapecheck.remedies.joins.turned_parts import doubt_of_maps, turned_parts
from shapecheck.remedies.moves import keyword, put_behind
from shapecheck.remedies.operands.operands import (
    axes_inserted,
    axis_kept,
    einsum_letters,
    forgotten_state,
    made_wider,
    made_wider_behind_turn,
    other_axis_asked,
    other_axis_reduced,
    shortened_table,
)
from shapecheck.remedies.operands.vectors import BOTH_ENDS
from shapecheck.remedies.recurrent_states.states import FEW_LAYERS, states_beside_vectors
from shapecheck.remedies.reductions.squeezed_elsewhere import is_squared
from shapecheck.remedies.samples.batches import drop_last
from shapecheck.remedies.sequences.paddings import padded_stack
from shapecheck.remedies.targets.labels_in_formulas import NUMBERS_OF_CLASSES, labels_beside_columns
from shapecheck.remedies.targets.rows import total_length
from shapecheck.remedies.targets.scores_compared import scores_beside_labels
from shapecheck.remedies.turns.two_axes_exchanged import two_axes_exchanged

ELEMENTWISE = (*mismatches.ELEMENTWISE, "eq", "ne", "lt", "le", "gt", "ge", "pow")
PRODUCTS = ("matmul", "mm", "bmm", "mv", "dot", "addmm", "baddbmm", "linear", "spmm", "hspmm")

_EACH_WITH_EACH = "each number of one would meet every number of the other"
_OF_PAIRS = "the gaps of a pair may have been meant to be summed up first, to one distance"
_ONE_COLUMN = "a column of each row is picked elsewhere: one of these, as the largest, may be meant here"
_ONE_OF_ROW = "more than one vector meets these rows: one column of each row, as the largest, may be meant"
ALONG = "it may be meant along another axis, which runs as well"
_EITHER_WIDTH = "either of the two layers may have been told the wrong width"
SPREAD = "the other may have an axis too many, over which it is to be averaged or one step of it taken"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for tensors that do not go together."""
    operation = failed(evidence)
    if operation is None:
        return []
    name = operation.name.rpartition(".")[2]
    items = [item for item in tensors(operation) if item.value.record is not None]
    if name in ("cat", "concat", "concatenate", "stack", "hstack", "vstack"):
        told = value(operation, "dim", "axis")
        along = int(told.text) if told is not None and told.text.isdecimal() else None
        states = [*used_states(evidence, items, along=along), *states_beside_vectors(items)]
        return [*_joined(evidence, operation, items, name), *states]
    if scores_beside_labels(operation) is not None:
        # No axis that is put in makes labels of scores.
        return []
    if name in ELEMENTWISE and says(evidence, r"operands could not be broadcast"):
        return list(_of_arrays(evidence, operation))
    if name in ELEMENTWISE and len(items) >= 2:
        doubt = NUMBERS_OF_CLASSES if labels_beside_columns(evidence) is not None else ""
        return [
            *total_length(evidence, cost=0.15),
            *(each.doubted(doubt) for each in _elementwise(evidence, *items[:2])),
            *used_states(evidence, items),
        ]
    if name in PRODUCTS and len(items) >= 2:
        left, right = items[:2] if name == "linear" else items[-2:]
        return list(_product(evidence, operation, left, right, name))
    if name == "einsum":
        return list(einsum_letters(evidence, operation))
    return []


def _of_arrays(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """An array that was put together along an axis which it must keep, or along another one than was meant."""
    counts = [len(item.value.record.shape) if item.value.record is not None else 0 for item in operation.arguments]
    for item, count in zip(operation.arguments, counts, strict=True):
        if count < max(counts):
            for each in axis_kept(evidence, item, cost=0.1, name="keepdims"):
                yield replace(each, doubt=ALONG)


def _joined(evidence: Evidence, operation: Operation, items: Sequence[Argument], name: str) -> Iterator[Candidate]:
    shapes = [item.value.record.shape for item in items if item.value.record is not None]
    yield from padded_stack(evidence, operation, name)
    yield from _lower_call(evidence, operation, shapes)
    if not shapes:
        is_torchs = operation.name.startswith("torch") and value(operation, "dim", "axis") is None
        if name in ("cat", "concat", "concatenate") and is_torchs:
            # Results of calls, whose shapes nobody holds: the features are what is put side by side most often.
            yield from keyword(evidence, operation, "dim", "-1", -1, cost=0.3)
        return
    counts = [len(shape) for shape in shapes]
    usual = max(set(counts), key=counts.count)
    dim = value(operation, "dim", "axis")
    axis = int(dim.text) if dim is not None and dim.text.lstrip("-").isdecimal() else 0
    if len(set(counts)) > 1:
        models = (usual, max(counts), min(counts)) if len(counts) == 2 else (usual,)
        for model in models:
            yield from _odd_ones(evidence, items, counts, model, axis if name != "stack" else None)
        return
    if not usual:
        # Numbers, which have no axis that could be another one.
        return
    if name in ("cat", "concat", "concatenate"):
        different = [at for at in range(usual) if len({shape[at] for shape in shapes}) > 1]
        if len(different) == 1 and different[0] != axis % max(usual, 1):
            along, cost = different[0], 0.4 if dim is not None else 0.2
            found = keyword(evidence, operation, "dim", str(along), along, cost=cost)
            yield from (replace(each, doubt=doubt_of_maps(evidence, items)) for each in found)
        yield from turned_parts(evidence, operation, items, axis % max(usual, 1))
        yield from _upsampled(evidence, shapes, cost=0.3)
    if name in ("cat", "concat", "concatenate", "stack"):
        for at, item in enumerate(items):
            others = [shape for place, shape in enumerate(shapes) if place != at]
            if others and (name == "stack" or axis % usual != usual - 1):
                yield from made_wider(evidence, item, others[0][-1] if others[0] else 0, cost=0.5)
            yield from other_axis_asked(evidence, item, cost=0.35)
    yield from drop_last(evidence, cost=1.5)


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
            yield from without_kept_axis(evidence, item, cost=0.25 if is_meant else 0.05)
            for axis, size in enumerate(sizes):
                if size == 1:
                    step = Step("squeeze", item.role, (axis,))
                    # Columns of as many rows lie side by side; without their axis they would follow each other.
                    cost = 0.7 if axis == place and sizes[:axis] + sizes[axis + 1 :] == model else 0.2
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
            if beside.value.record is not None and beside.value.record.dtype.startswith(("float", "bfloat")):
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
                        yield replace(each, doubt=SPREAD if along == 0 else "")


def _one_hot(item: Argument, *, cost: float) -> Iterator[Candidate]:
    """Classes as columns: indices put beside features mean nothing as numbers."""
    record, most = item.value.record, item.value.facts.get("max")
    if record is None or item.span is None or record.dtype != "int64" or most is None or not 0 < most < 1000:
        return
    text = f"torch.nn.functional.one_hot({item.span.text}, {int(most) + 1}).float()"
    yield Candidate(text, (Change(item.span, text),), (), cost)


def without_kept_axis(evidence: Evidence, item: Argument, *, cost: float) -> Iterator[Candidate]:
    """``keepdim=True`` where the axis should go."""
    for origin in made_or_written(evidence, item):
        change = without_keyword(origin.span, "keepdim")
        if change is not None:
            yield Candidate("without keepdim=True", (change,), (), cost)


def _is_spread(sizes: Sequence[int], other: Sequence[int]) -> bool:
    """Whether sizes have a single one where the other, axis by axis, has more."""
    return any(one == 1 != many for one, many in zip(sizes, other, strict=False))


def _elementwise(evidence: Evidence, left: Argument, right: Argument) -> Iterator[Candidate]:
    first, second = left.value.record, right.value.record
    assert first is not None
    assert second is not None
    wider: list[list[Candidate]] = []
    for item, other in ((left, right), (right, left)):
        assert item.value.record is not None
        assert other.value.record is not None
        sizes, wanted = item.value.record.shape, other.value.record.shape
        if len(sizes) < len(wanted):
            for axis in reversed(range(len(wanted))):
                for grown in ((*sizes[:axis], 1, *sizes[axis:]),):
                    if spreads(grown, wanted):
                        step = Step("unsqueeze", item.role, (axis,))
                        # All other sizes agree: then it is this axis that is missing, and no number is wrong.
                        cost = 0.1 if len(sizes) > 1 and wanted[:axis] + wanted[axis + 1 :] == sizes else 0.2
                        is_each = _is_spread(wanted[::-1], grown[::-1]) or is_squared(other, item)
                        doubt = _EACH_WITH_EACH if is_each else ""
                        if len(sizes) == 1 and sizes == wanted[:1]:
                            doubt = doubt or (_ONE_COLUMN if picks_columns(evidence) else "")
                            doubt = doubt or (_ONE_OF_ROW if _is_one_of_several(evidence, item) else "")
                            doubt = doubt or doubt_of_noise(evidence, item, other)
                            doubt = doubt or (_OF_PAIRS if are_labels_of_pairs(evidence, item, other) else "")
                        for way in put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=cost):
                            yield way.doubted(doubt)
            if len(sizes) + 2 == len(wanted) and sizes and sizes[0] == wanted[0]:
                steps = [Step("unsqueeze", item.role, (-1,)), Step("unsqueeze", item.role, (-1,))]
                text = "[:, None, None]" if len(sizes) == 1 else ".unsqueeze(-1).unsqueeze(-1)"
                doubt = _EACH_WITH_EACH if _is_spread(wanted, sizes) else ""
                # A number for each map of each sample can be meant of no other axes.
                far = 0.1 if len(sizes) > 1 and sizes == wanted[: len(sizes)] else 0.3
                for way in put_behind(evidence, item, text, steps, cost=far):
                    yield way.doubted(doubt)
            if len(sizes) == 2 and sizes == (wanted[0], prod(wanted[1:])):
                # Images against rows of as many numbers, as of an autoencoder.
                step = Step("flatten", other.role, (1,))
                yield from put_behind(evidence, other, ".flatten(1)", [step], cost=0.1)
        if len(sizes) == len(wanted):
            yield from two_axes_exchanged(evidence, item, other)
        yield from axes_inserted(evidence, item, sizes, wanted)
        if len(sizes) == len(wanted) + 1:
            for axis in reversed(range(len(sizes))):
                if sizes[axis] == 1 and sizes[:axis] + sizes[axis + 1 :] == wanted:
                    step = Step("squeeze", item.role, (axis,))
                    yield from put_behind(evidence, item, f".squeeze({axis})", [step], cost=0.19, prefer="origin")
        if len(sizes) == len(wanted) == 2 and sizes[1] == wanted[1] and sizes[0] != wanted[0] and item is left:
            # Every row of one with every row of the other.
            step = Step("unsqueeze", item.role, (1,))
            doubt = BOTH_ENDS if abs(sizes[0] - wanted[0]) == 1 else _EACH_WITH_EACH if sizes[1] == 1 else ""
            for each in put_behind(evidence, item, ".unsqueeze(1)", [step], cost=0.7):
                yield replace(each, doubt=doubt)
        yield from shortened_table(evidence, item, other, cost=0.3)
        yield from other_axis_asked(evidence, item, cost=0.25)
        yield from other_axis_reduced(evidence, item, cost=0.28)
        wider.append(list(made_wider(evidence, item, wanted[-1] if wanted else 0, cost=0.6)))
    either = _EITHER_WIDTH if all(wider) else ""
    yield from (replace(each, unless_read=each.unless_read or either) for ways in wider for each in ways)
    if first.shape[1:] == second.shape[1:] and first.shape[:1] != second.shape[:1]:
        for item, other in ((left, right), (right, left)):
            yield from forgotten_state(evidence, item, other, cost=0.45)
        yield from drop_last(evidence, cost=0.4)


def _is_one_of_several(evidence: Evidence, vector: Argument) -> bool:
    """Whether another name in the same statement has one number a row too: the rows beside them are odd, not they."""
    node = statement_of(node_at(vector.span))
    held = evidence.held
    shapes = [held[name].record for name in names_in(node) if name in held] if node is not None else []
    return sum(each is not None and each.shape == sizes_of(vector) for each in shapes) > 1


def used_states(evidence: Evidence, items: Sequence[Argument], *, along: int | None = None) -> Iterator[Candidate]:
    """A state with all its layers handed to a function, where only the last one was meant.

    The sizes along the axis along which the items are joined say nothing.
    """
    outer = [frame for frame in evidence.frames if frame.is_user]
    for near, frame in enumerate(reversed(outer)):
        for name, held in frame.names.items():
            record = held.record
            if record is None or held.kind != "tensor" or len(record.shape) != 3 or not 2 <= record.shape[0] <= 8:
                continue
            layers = record.shape[0]
            # Layers that still stand in front of what has grown were not merged with another axis.
            grown = any(
                size == layers * other and axis != along
                for item in items
                if sizes_of(item)[:1] != (layers,)
                for thing in items
                for axis, (size, other) in enumerate(zip(sizes_of(item), sizes_of(thing), strict=False))
            )
            if grown:
                yield from _argument(frame.span, name, "[-1:]", cost=0.2 + 0.02 * near)


def _argument(span: object, name: str, suffix: str, *, cost: float) -> Iterator[Candidate]:
    assert isinstance(span, Span)
    call = call_of(span)
    for part in [*call.args, *(each.value for each in call.keywords)] if call is not None else []:
        if isinstance(part, ast.Name | ast.Attribute) and ast.unparse(part) == name:
            found = piece(span, part)
            yield Candidate(f"{name}{suffix}", (Change(found, f"{name}{suffix}"),), (), cost)


def _exchanged(left: Argument, right: Argument) -> Iterator[Candidate]:
    """The two factors in the other order: a square matrix, such as that of a graph, stands in front of the rows."""
    a, b = (sizes_of(item) for item in (left, right))
    if len(a) < 2 or len(b) < 2 or b[-1] != a[-2] or a[-1] == b[-2] or left.span is None or right.span is None:
        return
    texts = [bracketed(item.span.text) for item in (right, left) if item.span is not None]
    changes = (Change(left.span, texts[0]), Change(right.span, texts[1]))
    trial = (Step("swap", left.role, (right.role,)), Step("swap", right.role, (left.role,)))
    # What a square matrix is multiplied with keeps its shape.
    square = b[-1] == b[-2] or a[-1] == a[-2]
    yield Candidate(f"{texts[0]} times {texts[1]}", changes, trial, 0.1 if square else 0.45)


def _product(
    evidence: Evidence, operation: Operation, left: Argument, right: Argument, name: str
) -> Iterator[Candidate]:
    first, second = left.value.record, right.value.record
    assert first is not None
    assert second is not None
    a, b = first.shape, second.shape
    if name == "linear" and a and len(b) == 2:
        yield from made_wider(evidence, left, b[1], cost=0.3)
        return
    if len(a) >= 2 and len(b) >= 2 and a[-1] != b[-2]:
        yield from (others := list(made_wider(evidence, left, b[-2], cost=0.8)))
        yield from made_wider_behind_turn(evidence, right, a[-1], other_way=bool(others), cost=0.3)
    yield from _exchanged(left, right)
    for item, sizes, cost in ((right, b, 0.2), (left, a, 0.4)):
        if len(sizes) >= 2:
            text = ".t()" if len(sizes) == 2 else ".transpose(-2, -1)"
            step, doubt = Step("transpose", item.role, (-2, -1)), doubt_of_turn(evidence, left, right, item)
            for each in put_behind(evidence, item, text, [step], cost=cost):
                yield each.doubted(doubt)
    if name == "bmm":
        for item, sizes in ((right, b), (left, a)):
            if len(sizes) == 2:
                for axis in (1, 2, 0):
                    step = Step("unsqueeze", item.role, (axis,))
                    yield from put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=0.1 + 0.1 * (axis == 1))
        if len(a) == len(b) == 3 and a[0] != b[0]:
            for item, sizes, other in ((right, b, a), (left, a, b)):
                if sizes[1] == other[0]:
                    step = Step("transpose", item.role, (0, 1))
                    yield from put_behind(evidence, item, ".transpose(0, 1)", [step], cost=0.3)
                for order in ((1, 2, 0), (1, 0, 2)):
                    step = Step("permute", item.role, order)
                    yield from put_behind(evidence, item, f".permute{order}", [step], cost=0.5)
    if name == "mm" and {1, 3} & {len(a), len(b)} and operation.span is not None:
        text = operation.span.text.replace("torch.mm(", "torch.matmul(", 1).replace(".mm(", ".matmul(", 1)
        yield Candidate(text, (Change(operation.span, text),), (), 0.1 if 3 in (len(a), len(b)) else 0.2)
