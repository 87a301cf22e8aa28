"""Tensors joined along an axis that none of them has yet: stacked there, as the steps of a loop are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.edits import call_of, piece, whole_number
from shapecheck.reading.failing import RECURRENT, SAME_SHAPE_LOSSES, failed, operand, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, both_ways, sizes_of, without_axis
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, found_at, home_around, last_name, loop_around, walk

CAUSE = "cat_for_stack"
_COST, _IN_DOUBT = 0.04, 0.15
_LONGER = "they may be meant to be joined along an axis that they have"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``torch.stack(steps, 1)`` for ``torch.cat(steps, 1)``, where each step is one number a sample."""
    if failed(evidence, *JOINS) is None:
        return [*_beside(evidence), *_of_sequences(evidence)]
    operation = failed(evidence, *JOINS)
    along, span = operand(operation, "dim", "axis"), operation.span if operation is not None else None
    shapes = {sizes_of(item) for item in tensors(operation)} if operation is not None else set()
    if along is None or span is None or len(shapes) != 1 or along.value.text != str(len(*shapes)):
        return []
    call = call_of(span)
    if call is None or not isinstance(call.func, ast.Attribute) or ast.unparse(call.func.value) != "torch":
        return []
    function = piece(span, call.func)
    source, node = found_at(span)
    is_sure = len(*shapes) == 1 and isinstance(node, ast.Call) and source is not None and _are_steps(source, node)
    cost, doubt = (_COST, "") if is_sure else (_IN_DOUBT, _LONGER)
    return [Candidate("torch.stack", (Change(function, "torch.stack"),), (), cost, doubt)]


def _beside(evidence: Evidence) -> Iterator[Candidate]:
    """Parts that were joined along an axis which they have, where each has its own place in what the whole meets."""
    for item, other in both_ways(failed(evidence, "same_shape", *ELEMENTWISE, *SAME_SHAPE_LOSSES)):
        have, want = sizes_of(item), sizes_of(other)
        for span in spans_of(evidence, item.span) if len(want) == len(have) + 1 else ():
            call = call_of(span)
            axis = _axis_of_parts(span, call, len(want)) if call is not None else None
            if call is None or axis is None or axis >= len(have):
                continue
            part = without_axis(want, axis)
            if (*part[:axis], want[axis] * part[axis], *part[axis + 1 :]) == have:
                function = piece(span, call.func)
                yield Candidate("torch.stack", (Change(function, "torch.stack"),), (), _COST)
                return


def _of_sequences(evidence: Evidence) -> Iterator[Candidate]:
    """Sequences that were joined end to end, where a recurrent layer is given a state for each of them."""
    operation = failed(evidence, *RECURRENT)
    item, state = operand(operation, "input"), operand(operation, "h_0")
    if operation is None or item is None or state is None or not operation.config.get("batch_first"):
        return
    rows, begun = sizes_of(item), sizes_of(state)
    if len(rows) != 2 or len(begun) != 3 or not 1 < begun[1] < rows[0] or rows[0] % begun[1]:
        return
    for span in spans_of(evidence, item.span):
        call = call_of(span)
        told = written_axis(call) if call is not None else None
        is_along = told is None or whole_number(told) == 0
        if call is not None and ast.unparse(call.func) == "torch.cat" and is_along:
            yield Candidate("torch.stack", (Change(piece(span, call.func), "torch.stack"),), (), _COST)
            return


def _axis_of_parts(span: Span, call: ast.Call, count: int) -> int | None:
    """The axis along which parts that a list makes one by one are joined, of so many that there are to be."""
    is_join = ast.unparse(call.func) in [f"torch.{name}" for name in JOINS]
    given = call.args[0] if is_join and call.args else None
    told = written_axis(call)
    axis = whole_number(told) if told is not None else 0
    if isinstance(given, ast.Name):
        # What the rounds of a loop have left, one behind the other, may as well be rows of the same samples.
        source, node = found_at(span)
        is_filled = source is not None and isinstance(node, ast.Call) and bool(_fillings(source, node))
        axis = axis if is_filled and axis != 0 else None
    elif not isinstance(given, ast.ListComp | ast.GeneratorExp):
        return None
    return None if axis is None else axis % count


def _fillings(source: Source, join: ast.Call) -> list[ast.Call]:
    """The calls that put something into the list that is joined, in the same function."""
    given, home = join.args[0] if join.args else None, home_around(join)
    name = given.id if isinstance(given, ast.Name) else ""
    return [
        each
        for each in source.calls("append")
        if home_around(each) is home and isinstance(each.func, ast.Attribute) and ast.unparse(each.func.value) == name
    ]


def _are_steps(source: Source, join: ast.Call) -> bool:
    """Whether what is joined stands there, or a loop that counts made one in each round: it walks over no batches."""
    given = join.args[0] if join.args else None
    name, home = given.id if isinstance(given, ast.Name) else "", home_around(join)
    loops = [loop_around(each) for each in _fillings(source, join)]
    made = [
        each.value for each in walk(home) if isinstance(each, ast.Assign) and name in map(ast.unparse, each.targets)
    ]
    lists = [each for each in (given, *made) if isinstance(each, ast.ListComp | ast.GeneratorExp)]
    walked = [*(each.iter for each in loops if each is not None), *(each.generators[0].iter for each in lists)]
    return all(isinstance(each, ast.Call) and last_name(each.func) == "range" for each in walked)
