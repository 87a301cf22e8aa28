"""An index of more axes than there are, or of positions that are not there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.applied import size_asked
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import index_parts, takes_all, whole_number
from shapecheck.reading.failing import failed, kind, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.only_handed_on import is_carried_round, is_left_by_round
from shapecheck.reading.samples.single_samples import axes_of_sample
from shapecheck.reading.sources import (
    found_at,
    home_around,
    is_named,
    items_of,
    last_name,
    loops_of,
    parents,
    statement_of,
    walk,
)
from shapecheck.remedies.cuts.last_rounds import beyond_last_round
from shapecheck.remedies.cuts.taken_already import WHICH, is_open
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.samples.single_samples import ROWS

_FIRST_ROUND = "what the loop began with has the axis, and what its rounds leave may be meant to have it too"
_WHICH_AXIS = "the position may be meant along another axis, or the last one of this axis may be meant"
_PICKS_OTHERS = "the same positions pick from what has them all, and this may have too few"
_WHICH_LACKS = "more than one axis may be the one that is missing, or the data may be meant to have it"

_ROUNDS_OF_OTHER = "the rounds count the places of another axis, along which the items may be meant to be taken"
_COUNTS_OTHERS = "the loop may count up to another number than that axis has"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Another axis, a position that is there, or the axis that the tensor lacks."""
    operation = failed(evidence, "__getitem__", "select", "index_select", "gather", "__setitem__")
    return list(_index(evidence, operation)) if operation is not None else []


def _index(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    item, index = operand(operation, "self", "input"), operand(operation, "index")
    if item is None or index is None or item.value.record is None or index.span is None or operation.span is None:
        return
    count = len(item.value.record.shape)
    spans = index_parts(index.span)
    parts = [part for part, _ in spans]
    if says(evidence, r"too many indices") and len(parts) > count:
        doubt = ROWS if axes_of_sample(evidence) else WHICH if is_open(evidence) else ""
        is_of_rounds = is_carried_round(evidence, item) or is_left_by_round(evidence, item)
        doubt = doubt or (_FIRST_ROUND if is_of_rounds else "")
        # A colon too many: of a tensor whose time axis, or batch axis, is already gone.
        for at, part in enumerate(parts):
            if isinstance(part, ast.Slice) and part.lower is None and part.upper is None:
                left = [ast.unparse(each) for place, each in enumerate(parts) if place != at]
                text = ", ".join(left)
                yield Candidate(f"[{text}]", (Change(index.span, text),), (), 0.3 + 0.1 * at, doubt)
        if item.span is not None:
            known = _axes_counted(evidence, item, parts)
            # Of several axes the one may be missing that a single place is taken of.
            taken = [at for at, part in enumerate(parts) if whole_number(part) is not None]
            lacks = _WHICH_LACKS if count > 2 and not known else ""
            for axis in dict.fromkeys((1, 0, -1, *taken)) if lacks else (1, 0, -1):
                step = Step("unsqueeze", item.role, (axis,))
                cost = 0.1 if known and axis in (-1, count) else 0.6
                ways = put_behind(evidence, item, f".unsqueeze({axis})", [step], cost=cost)
                yield from (replace(way, doubt=doubt, unless_read=lacks) for way in ways)
    if says(evidence, r"out of bounds", r"out of range"):
        most = index.value.facts.get("max") if index.value.kind == "tensor" else None
        number = whole_number(parts[0]) if len(parts) == 1 else None
        most = number if most is None else most
        beside = _axis_beside(operation.span)
        is_written = kind(operation) in ("__getitem__", "__setitem__")
        others = [other for other in range(1, count) if most is None or most < item.value.record.shape[other]]
        is_one = len(parts) == 1 and isinstance(parts[0], ast.Name | ast.Constant) and is_written
        which = _WHICH_AXIS if is_one and others and number is not None and beside not in others else ""
        for at, part in enumerate(parts):
            if at < count and isinstance(part, ast.Constant) and type(part.value) is int:
                found = spans[at][1]
                yield Candidate(f"[{part.value} -> -1]", (Change(found, "-1"),), (), 0.4, unless_read=which)
            elif at < count and isinstance(part, ast.Name):
                found = spans[at][1]
                yield from _counted_up_to(item, operation.span, part.id, at)
                places = evidence.held.get(part.id, index.value)
                is_from_zero = places.kind == "tensor" and places.facts.get("min") == 0
                if (
                    not is_from_zero
                    and _bound_of(operation.span, part) is None
                    and most in (None, item.value.record.shape[at])
                ):
                    # What counts from 0 would begin with the last, and what lies farther out is no place by one less.
                    doubt = _PICKS_OTHERS if _picks_others(operation.span, part.id) else ""
                    yield Candidate(f"[{part.id} - 1]", (Change(found, f"{part.id} - 1"),), (), 0.3, doubt)
            elif at < count and isinstance(part, ast.BinOp) and item.span is not None:
                yield from beyond_last_round(item.span, operation.span, spans[at][1])
        # Another axis is asked of a method by its number, and of an index by the colons in front.
        for other in others if is_one else ():
            text = f"{', '.join([':'] * other)}, {ast.unparse(parts[0])}"
            bound = _bound_of(operation.span, parts[0])
            is_other = bound is not None and worked_out(evidence, bound) != item.value.record.shape[other]
            doubt = _COUNTS_OTHERS if is_other else ""
            cost = 0.15 if other == beside else 0.2 + 0.2 * other
            yield Candidate(f"[{text}]", (Change(index.span, text),), (), cost, doubt, which)


def _axis_beside(use: Span) -> int:
    """The axis of which parts are taken in the other places where the function cuts the same: ``x[:, :4]``; else 0."""
    _, node = found_at(use)
    base = ast.unparse(node.value) if isinstance(node, ast.Subscript) else ""
    axes = {
        next((at for at, part in enumerate(items_of(each.slice)) if not takes_all(part)), 0)
        for each in walk(home_around(node))
        if isinstance(each, ast.Subscript) and each is not node and ast.unparse(each.value) == base
    }
    return axes.pop() if len(axes) == 1 else 0


def _picks_others(use: Span, name: str) -> bool:
    """Whether the same positions pick from something else in the line, which has them all."""
    _, node = found_at(use)
    picks = [each for each in walk(statement_of(node)) if isinstance(each, ast.Subscript) and each is not node]
    return any(is_named(each.slice, name) for each in picks)


def _counted_up_to(item: Argument, use: Span, name: str, axis: int) -> Iterator[Candidate]:
    """A loop over as many numbers as a full batch has, or another axis, where the tensor taken from is shorter."""
    source, node = found_at(use)
    if source is None or node is None or item.span is None or not item.span.text.isidentifier():
        return
    for loop in (each for up in parents(node) for each in loops_of(up)):
        if is_named(loop.target, name):
            call = loop.iter
            if isinstance(call, ast.Call) and last_name(call.func) == "range" and len(call.args) == 1:
                text = f"len({item.span.text})" if axis == 0 else f"{item.span.text}.size({axis})"
                # In one expression the count may be that of what the items are handed to.
                asked = size_asked(call.args[0])
                is_own = asked is not None and ast.unparse(asked[0]) == item.span.text
                if ast.unparse(call.args[0]) != text and (is_own or isinstance(loop, ast.For)):
                    # Colons in front say which axis is meant.
                    doubt = _ROUNDS_OF_OTHER if is_own and axis == 0 else ""
                    yield Candidate(f"range({text})", (Change(source.span(call.args[0]), text),), (), 0.1, doubt)
            return


def _bound_of(use: Span, place: ast.expr) -> Span | None:
    """What a loop, or a comprehension, counts a name up to: ``for i in range(n)``, ``for i, x in enumerate(rows)``."""
    source, node = found_at(use)
    for loop in (each for up in parents(node) for each in loops_of(up)):
        call, target = loop.iter, loop.target
        first = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target
        is_it = isinstance(place, ast.Name) and is_named(first, place.id)
        if source is not None and is_it and isinstance(call, ast.Call) and not call.keywords and len(call.args) == 1:
            return source.span(call.args[0]) if last_name(call.func) in ("range", "enumerate") else None
    return None


def _axes_counted(evidence: Evidence, item: Argument, parts: list[ast.expr]) -> bool:
    """Whether the last axis is cut at its own size, as in ``x[:, -n:, k:]`` of (batch, n): the rest is missing."""
    shape = sizes_of(item)
    part = parts[len(shape) - 1] if 0 < len(shape) < len(parts) else None
    lower = part.lower if isinstance(part, ast.Slice) and part.upper is None else None
    if not isinstance(lower, ast.UnaryOp) or not isinstance(lower.op, ast.USub) or evidence.user_frame is None:
        return False
    held = evidence.user_frame.names.get(ast.unparse(lower.operand))
    text = held.text if held is not None else ast.unparse(lower.operand)
    return text == str(shape[-1])
