"""Which of two parts of a join is to be turned, where either can be turned to fit the other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation, Origin, Span
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import CONVOLUTIONS, RECURRENT, Shape
from shapecheck.reading.mismatches import sizes_of, with_exchanged
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.recurrent.batch_first import told_batch_first
from shapecheck.reading.samples.first_axes import first_axis_readings
from shapecheck.reading.sizes.size_texts import asked
from shapecheck.reading.sources import last_name, node_at, statement_of
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.names.written_sizes import sizes_reordered

_EITHER = "either of the two may lie as it was meant, and it is the other one that is to be turned then"
_MAPS = "maps lie beside one another by their channels, and one of the layers may leave more places than was meant"
_LIKELIER, _MADE = 0.1, 0.05


def turned_parts(evidence: Evidence, operation: Operation, items: Sequence[Argument], axis: int) -> Iterator[Candidate]:
    """Each part with two of its axes exchanged, or spread along an axis of one, so that it fits the others.

    Who reads the result says what its first axis is, and the recurrent layer that a part comes from what that of the
    part is: of two parts, the one that lies otherwise is to be turned, the other one never.

    Args:
        evidence: The problem.
        operation: The join.
        items: Its parts, with as many axes each.
        axis: The axis of the join.
    """
    shapes = [item.value.record.shape for item in items if item.value.record is not None]
    turns: list[list[Candidate]] = []
    are_maps = doubt_of_maps(evidence, items) != ""
    for at, item in enumerate(items):
        others = [sizes for place, sizes in enumerate(shapes) if place != at]
        is_alike = len(others) == 1 or len({other[:1] for other in others}) == 1
        # What convolutions have left has its channels second, in all of them.
        is_alike = is_alike and not are_maps
        turns.append(list(_turned(evidence, item, shapes[at], others[0], axis)) if is_alike else [])
        yield from _spread(evidence, item, items[0 if at else 1], axis) if is_alike else ()
    likelier = _wrong_one(evidence, operation, items) if len(items) == 2 and all(turns) else None
    yield from _made_otherwise(evidence, items, shapes, axis) if likelier is None and len(items) == 2 else ()
    for at, found in enumerate(turns):
        is_open = len(items) == 2 and all(turns) and at != likelier
        cost = _LIKELIER if at == likelier else 0.0
        yield from (replace(each, cost=each.cost - cost, doubt=_EITHER if is_open else "") for each in found)


def doubt_of_maps(evidence: Evidence, items: Sequence[Argument]) -> str:
    """What stands against another axis of a join whose parts are what convolutions gave; nothing elsewhere."""
    return _MAPS if all(_comes_of_convolution(evidence, item) for item in items) else ""


def _comes_of_convolution(evidence: Evidence, item: Argument) -> bool:
    """Whether an operand is what a convolution gave, as it is."""
    for span in spans_of(evidence, item.span):
        call = call_of(span)
        layers = trace(evidence, piece(span, call.func)) if call is not None else ()
        makers = [made for each in layers if (made := call_of(each.span)) is not None]
        if any(last_name(made.func) in CONVOLUTIONS for made in makers):
            return True
    return False


def _turned(evidence: Evidence, item: Argument, sizes: Shape, other: Shape, axis: int) -> Iterator[Candidate]:
    for left, right in combinations(range(len(sizes)), 2):
        swapped = with_exchanged(sizes, left, right)
        if swapped != sizes and all(at == axis or swapped[at] == other[at] for at in range(len(sizes))):
            step = Step("transpose", item.role, (left, right))
            yield from put_behind(evidence, item, f".transpose({left}, {right})", [step], cost=0.3)


def _made_otherwise(
    evidence: Evidence, items: Sequence[Argument], shapes: Sequence[Shape], axis: int
) -> Iterator[Candidate]:
    """A part made with two sizes of a tensor in each other's place: these sizes are right, their order is not."""
    for at, item in enumerate(items):
        sizes, other = shapes[at], shapes[1 - at]
        for left, right in combinations(range(len(sizes)), 2):
            order = list(range(len(sizes)))
            order[left], order[right] = right, left
            turned = tuple(sizes[place] for place in order)
            if turned != sizes and all(place == axis or turned[place] == other[place] for place in order):
                step = Step("stand_in", item.role, turned)
                for each in sizes_reordered(evidence, item, order, [step], cost=_MADE):
                    if all(_is_asked(evidence, change.span) for change in each.changes):
                        yield each


def _is_asked(evidence: Evidence, size: Span) -> bool:
    """Whether a size is asked of a tensor, so that it is right, and only stands at a wrong place."""
    texts = [size.text, *(origin.span.text for origin in trace(evidence, size, parts=True)[:1])]
    return any(re.search(r"\.shape\b|\.size\(", text) for text in texts)


def _spread(evidence: Evidence, item: Argument, other: Argument, axis: int) -> Iterator[Candidate]:
    """The one that a part has along an axis, as often as another part has it; the next batch may be a smaller one."""
    sizes, wanted = sizes_of(item), sizes_of(other)
    for at in range(len(sizes)):
        if at != axis and sizes[at] == 1 and wanted[at] != 1:
            text = ", ".join(asked(other, at) if place == at else "-1" for place in range(len(sizes)))
            step = Step("expand", item.role, tuple(wanted[at] if place == at else -1 for place in range(len(sizes))))
            yield from put_behind(evidence, item, f".expand({text})", [step], cost=0.4)


def _wrong_one(evidence: Evidence, operation: Operation, items: Sequence[Argument]) -> int | None:
    """Which of two parts lies otherwise than its reader wants it; None where nothing tells."""
    readings = first_axis_readings(operation.span) if operation.span is not None else set()
    leads = [_steps_lead(evidence, item) for item in items]
    known = next((at for at, lead in enumerate(leads) if lead is not None), None)
    if known is None or len(readings) != 1 or leads[0] == leads[1]:
        return None
    return 1 - known if leads[known] is (readings == {"other"}) else known


def _steps_lead(evidence: Evidence, item: Argument) -> bool | None:
    """Whether the first axis of what came of a recurrent layer holds its steps; None where nothing tells."""
    for origin in trace(evidence, item.span, parts=True):
        call = call_of(origin.span)
        if call is None or not _is_first(origin):
            continue
        for made in trace(evidence, piece(origin.span, call.func)):
            layer = call_of(made.span)
            if layer is not None and last_name(layer.func) in RECURRENT:
                told = told_batch_first(evidence, made.span)
                return None if told is None else not told
    return None


def _is_first(origin: Origin) -> bool:
    """Whether a name is the first of those that a call was unpacked to: the output, not the state."""
    statement = statement_of(node_at(origin.span))
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return isinstance(target, ast.Tuple) and ast.unparse(target.elts[0]) == origin.expression
