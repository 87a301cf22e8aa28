"""Two tensors of which each number meets one of the other: an axis put in, two exchanged, one size made another."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from math import prod

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.compared.labels_of_pairs import are_labels_of_pairs
from shapecheck.reading.compared.noise_by_rows import doubt_of_noise
from shapecheck.reading.compared.picked_columns import picks_columns
from shapecheck.reading.compared.shares_along import shares_along
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, says, tensors
from shapecheck.reading.mismatches import SPREADING, axes_to_squeeze, is_squared, sizes_of, spreads, without_axis
from shapecheck.reading.sources import last_name, names_in, node_at, statement_of, walk
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.operands.made_wider import made_wider
from shapecheck.remedies.operands.other_axis_asked import other_axis_asked
from shapecheck.remedies.operands.tables_cut import shortened_table
from shapecheck.remedies.operands.vectors import BOTH_ENDS
from shapecheck.remedies.recurrent_states.all_layers_handed_over import used_states
from shapecheck.remedies.recurrent_states.forgotten_state import forgotten_state
from shapecheck.remedies.reductions.axis_kept import axis_kept
from shapecheck.remedies.reductions.other_axis_reduced import other_axis_reduced
from shapecheck.remedies.samples.batches import drop_last
from shapecheck.remedies.targets.labels_in_formulas import NUMBERS_OF_CLASSES, labels_beside_columns
from shapecheck.remedies.targets.rows import total_length
from shapecheck.remedies.targets.scores_compared import scores_beside_labels
from shapecheck.remedies.turns.two_axes_exchanged import two_axes_exchanged

_EACH_WITH_EACH = "each number of one would meet every number of the other"
_OF_PAIRS = "the gaps of a pair may have been meant to be summed up first, to one distance"
_ONE_COLUMN = "a column of each row is picked elsewhere: one of these, as the largest, may be meant here"
_ONE_OF_ROW = "more than one vector meets these rows: one column of each row, as the largest, may be meant"
_ALONG = "it may be meant along another axis, which runs as well"
_SHARES = "what is the same all along the axis of the softmax behind it changes nothing"
_COUNTED = "it is of places that are counted up, and these may be meant to be counted along another axis"
_EITHER_TURNED = "either of the two may lie the wrong way, the column or what it meets"
_EITHER_WIDTH = "either of the two layers may have been told the wrong width"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for the operands of a sum, a product of numbers, a comparison."""
    operation = failed(evidence, *SPREADING)
    # No axis that is put in makes labels of scores.
    if operation is None or scores_beside_labels(operation) is not None:
        return []
    if says(evidence, r"operands could not be broadcast"):
        return list(_of_arrays(evidence, operation))
    items = [item for item in tensors(operation) if item.value.record is not None]
    if len(items) < 2:
        return []
    doubt = NUMBERS_OF_CLASSES if labels_beside_columns(evidence) is not None else ""
    return [
        *total_length(evidence, cost=0.15),
        *(each.doubted(doubt) for each in _elementwise(evidence, *items[:2])),
        *used_states(evidence, items),
    ]


def _of_arrays(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    """An array that was put together along an axis which it must keep, or along another one than was meant."""
    counts = [len(item.value.record.shape) if item.value.record is not None else 0 for item in operation.arguments]
    for item, count in zip(operation.arguments, counts, strict=True):
        if count < max(counts):
            for each in axis_kept(evidence, item, cost=0.1, name="keepdims"):
                yield replace(each, doubt=_ALONG)


def _is_spread(sizes: Sequence[int], other: Sequence[int]) -> bool:
    """Whether sizes have a single one where the other, axis by axis, has more."""
    return any(one == 1 != many for one, many in zip(sizes, other, strict=False))


def _axis_put_in(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """One axis more for the operand that has fewer, wherever it then meets the other one."""
    sizes, wanted = sizes_of(item), sizes_of(other)
    grown = {axis: (*sizes[:axis], 1, *sizes[axis:]) for axis in reversed(range(len(wanted)))}
    fitting = {axis: each for axis, each in grown.items() if spreads(each, wanted)}
    operation = failed(evidence)
    along = shares_along(operation, len(wanted)) if operation is not None and len(set(fitting.values())) > 1 else None
    kept = [step for way in axis_kept(evidence, item, cost=0.0) for step in way.trial]
    for axis, each in fitting.items():
        # All other sizes agree: then it is this axis that is missing, and no number is wrong.
        is_this = len(sizes) > 1 and without_axis(wanted, axis) == sizes
        doubt = _EACH_WITH_EACH if _is_spread(wanted[::-1], each[::-1]) or is_squared(other, item) else ""
        if len(sizes) == 1 and sizes == wanted[:1]:
            doubt = doubt or (_ONE_COLUMN if picks_columns(evidence) else "")
            doubt = doubt or (_ONE_OF_ROW if _is_one_of_several(evidence, item) else "")
            doubt = doubt or doubt_of_noise(evidence, item, other)
            doubt = doubt or (_OF_PAIRS if are_labels_of_pairs(evidence, item, other) else "")
        doubt = doubt or (_COUNTED if _is_of_places(evidence, item) else "")
        # What is the same all along the axis of the shares changes none of them.
        is_idle = along is not None and len(each) == len(wanted) and each[along] == 1 < wanted[along]
        rivals = {one for one in fitting.values() if along is None or one[along - len(wanted)] > 1}
        unless_read = _ALONG if not is_this and len(rivals) > 1 else ""
        step, cost = Step("unsqueeze", item.role, (axis,)), 0.1 if is_this else 0.2
        was_there = any(one.arguments in ((axis,), (axis - len(wanted),)) for one in kept)
        for found in put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=cost + 0.05 * is_idle):
            way = found.doubted(doubt or (_SHARES if is_idle else ""))
            yield replace(way, unless_read=unless_read, cause="axis_dropped_by_reduction" if was_there else "")


def _is_of_places(evidence: Evidence, item: Argument) -> bool:
    """Whether an operand with several axes is what a layer or a table tells of ``arange(n)``, along its first one."""
    nodes = walk(expression(item.span.text)) if item.span is not None and len(sizes_of(item)) > 1 else ()
    calls = (each for each in nodes if isinstance(each, ast.Call) and last_name(each.func) == "arange")
    return any(len(each.args) == 1 and isinstance(each.args[0], ast.Name) for each in calls)


def _elementwise(evidence: Evidence, left: Argument, right: Argument) -> Iterator[Candidate]:
    first, second = left.value.record, right.value.record
    assert first is not None
    assert second is not None
    wider: list[list[Candidate]] = []
    turned: list[list[Candidate]] = []
    for item, other in ((left, right), (right, left)):
        assert item.value.record is not None
        assert other.value.record is not None
        sizes, wanted = item.value.record.shape, other.value.record.shape
        if len(sizes) < len(wanted):
            yield from _axis_put_in(evidence, item, other)
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
            turned.append(list(two_axes_exchanged(evidence, item, other)))
        yield from axes_inserted(evidence, item, sizes, wanted)
        for axis in reversed(axes_to_squeeze(sizes, wanted)):
            step = Step("squeeze", item.role, (axis,))
            yield from put_behind(evidence, item, f".squeeze({axis})", [step], cost=0.19, prefer="origin")
        if len(sizes) == len(wanted) == 2 and sizes[1] == wanted[1] and sizes[0] != wanted[0] and item is left:
            # Every row of one with every row of the other.
            step = Step("unsqueeze", item.role, (1,))
            doubt = BOTH_ENDS if abs(sizes[0] - wanted[0]) == 1 else _EACH_WITH_EACH if sizes[1] == 1 else ""
            for each in put_behind(evidence, item, ".unsqueeze(1)", [step], cost=0.7):
                # Of two that are the same but for the samples, it is to be read that their pairs are meant.
                yield replace(each, doubt=doubt, unless_read=_EACH_WITH_EACH if sizes[1:] == wanted[1:] else "")
        yield from shortened_table(evidence, item, other, cost=0.3)
        yield from other_axis_asked(evidence, item, cost=0.25, wanted=wanted)
        yield from other_axis_reduced(evidence, item, cost=0.28, wanted=wanted)
        wider.append(list(made_wider(evidence, item, wanted[-1] if wanted else 0, cost=0.6)))
    yield from _turned(turned, left, right)
    either = _EITHER_WIDTH if all(wider) else ""
    yield from (replace(each, unless_read=each.unless_read or either) for ways in wider for each in ways)
    if first.shape[1:] == second.shape[1:] and first.shape[:1] != second.shape[:1]:
        for item, other in ((left, right), (right, left)):
            yield from forgotten_state(evidence, item, other, cost=0.45)
        yield from drop_last(evidence, cost=0.4, full=max(first.shape[0], second.shape[0]))


def _turned(ways: Sequence[Sequence[Candidate]], left: Argument, right: Argument) -> Iterator[Candidate]:
    """The turns of one operand or the other: where a column meets a table either may lie the wrong way."""
    is_column = len(sizes_of(left)) == 2 and (1 in sizes_of(left)) is not (1 in sizes_of(right))
    either = _EITHER_TURNED if is_column and len(ways) == 2 and all(ways) else ""
    for item, each in zip((left, right), ways, strict=False):
        less = 0.02 if either and 1 in sizes_of(item) else 0.0
        yield from (replace(way, unless_read=way.unless_read or either, cost=way.cost - less) for way in each)


def _is_one_of_several(evidence: Evidence, vector: Argument) -> bool:
    """Whether another name in the same statement has one number a row too: the rows beside them are odd, not they."""
    node = statement_of(node_at(vector.span))
    held = evidence.held
    shapes = [held[name].record for name in names_in(node) if name in held] if node is not None else []
    return sum(each is not None and each.shape == sizes_of(vector) for each in shapes) > 1


def axes_inserted(
    evidence: Evidence, item: Argument, sizes: tuple[int, ...], wanted: tuple[int, ...]
) -> Iterator[Candidate]:
    """Two axes or more of size 1 put in: a mask (batch, keys) beside scores (batch, heads, queries, keys)."""
    if len(wanted) - len(sizes) < 2 or not sizes:
        return
    for kept in combinations(range(len(wanted)), len(sizes)):
        if any(size not in (1, wanted[axis]) for size, axis in zip(sizes, kept, strict=True)):
            continue
        parts = ", ".join(":" if axis in kept else "None" for axis in range(len(wanted)))
        steps = [Step("unsqueeze", item.role, (axis,)) for axis in range(len(wanted)) if axis not in kept]
        ends = (kept[0] != 0) + (len(kept) > 1 and kept[-1] != len(wanted) - 1)
        yield from put_behind(evidence, item, f"[{parts}]", steps, cost=0.1 + 0.2 * ends)
