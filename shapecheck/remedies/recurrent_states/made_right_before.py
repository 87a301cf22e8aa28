"""A state that a method of the model made right before the call: made for the rows that this call is given."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Frame, Operation, Span
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import CELLS, RECURRENT, failed, number, operand, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import given_for
from shapecheck.reading.recurrent.recurrent_calls import state_roles, state_sizes
from shapecheck.reading.running import size_held
from shapecheck.reading.samples.filtered_rows import are_rows_filtered
from shapecheck.reading.sizes.sizes_behind import sizes_behind
from shapecheck.reading.sources import (
    function_around,
    function_at,
    home_around,
    loop_around,
    names_in,
    node_at,
    parameters,
    parents,
    source_of,
    statement_of,
    walk,
)

CAUSE = "state_of_other_batch"
# Before what another call of the method was told.
_COST = -0.02
_OF_ANOTHER = "it was told how many samples another tensor has, which may be the one that the model is to be given"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``model.reset(rows.size(0))`` for ``model.reset(SIZE)`` in front of ``model(rows)``."""
    operation = failed(evidence, *RECURRENT, *CELLS)
    wanted = dict(_wanted(operation)) if operation is not None else {}
    for role, sizes in wanted.items():
        item, axis = operand(operation, role), len(sizes) - 2
        have = sizes_of(item)
        if item is None or have[axis] == sizes[axis]:
            continue
        trial = tuple(Step("set_size", each, new) for each, new in wanted.items())
        found = [
            Candidate(f"{told.text} -> {text}", (Change(told, text),), trial, _COST, _doubt(evidence, told))
            for made in _makers(evidence, item, axis)
            for told, text in _told_before(evidence, *made, rows=have[axis], batch=sizes[axis])
        ]
        return found[:1]
    return []


def _doubt(evidence: Evidence, told: Span) -> str:
    """What stands against another number where a tensor was asked for it: it may be this one that is to be given."""
    node = expression(told.text)
    names = names_in(node) if isinstance(node, ast.Call | ast.Subscript) else set()
    held = [frame.names[name] for frame in evidence.user_frames for name in names if name in frame.names]
    return _OF_ANOTHER if any(each.kind == "tensor" for each in held) else ""


def _wanted(operation: Operation) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The sizes that each state must have, where they have others for the samples alone."""
    is_cell = not operation.config.get("num_layers")
    for role in state_roles(operation):
        have, given = shape(operation, role) or (), shape(operation, "input") or ()
        if is_cell:
            want: tuple[int | None, ...] = (given[0] if len(given) == 2 else None, number(operation, "hidden_size"))
        else:
            want = state_sizes(operation, role)
        if len(have) == len(want) and None not in want and (have[:-2], have[-1]) == (want[:-2], want[-1]):
            yield role, tuple(each for each in want if each is not None)


def _makers(evidence: Evidence, item: Argument, axis: int) -> Iterator[tuple[ast.FunctionDef, str]]:
    """The methods that a state is made in, each with the parameter that says for how many samples."""
    for written in sizes_behind(evidence, item, of_copies=False):
        place = written[axis] if len(written) == len(sizes_of(item)) else None
        function = function_at(place) if place is not None else None
        if place is not None and function is not None and place.text in parameters(function)[1:]:
            yield function, place.text


def _told_before(
    evidence: Evidence, maker: ast.FunctionDef, name: str, *, rows: int, batch: int
) -> Iterator[tuple[Span, str]]:
    """What the model was told for the samples right before it was called, and what it is to be told."""
    for frame in reversed(evidence.user_frames):
        running, source = node_at(frame.span), source_of(frame.span.file)
        if not isinstance(running, ast.Call) or source is None:
            continue
        text = next(_rows_given(evidence, frame, running, rows, batch), "")
        before = _called_before(running, maker) if text else None
        told = given_for(before, maker, name) if before is not None else None
        if before is None or told is None or told not in walk(before):
            continue
        place = source.span(told)
        if size_held(evidence, place) in (rows, None):
            yield place, text


def _rows_given(evidence: Evidence, frame: Frame, running: ast.Call, rows: int, batch: int) -> Iterator[str]:
    """How to ask what a model is given for its samples."""
    source = source_of(frame.span.file)
    for each in (*running.args, *(keyword.value for keyword in running.keywords)):
        text = ast.unparse(each)
        held = frame.names.get(text) if isinstance(each, ast.Name | ast.Attribute) else None
        is_here = held is not None and held.kind == "tensor" and sizes_of(held)[:1] == (batch,)
        # Where the next axis has as many as the state was told, the samples may lie there, unless some are left out.
        is_sure = sizes_of(held)[1:2] != (rows,) or (
            source is not None and are_rows_filtered(evidence, source.span(each))
        )
        if is_here and is_sure:
            yield f"{text}.size(0)"


def _called_before(running: ast.Call, maker: ast.FunctionDef) -> ast.Call | None:
    """The last call of a method of the same model in front of its own call, in the same round and no other branch."""
    line, around = statement_of(running), list(parents(running))
    model = running.func.value if isinstance(running.func, ast.Attribute) else None
    models = {ast.unparse(each) for each in (running.func, model) if each is not None}
    found: list[ast.Call] = []
    for call in walk(home_around(running)):
        is_method = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == maker.name
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or not is_method:
            continue
        there = statement_of(call)
        if line is None or there is None or there.lineno >= line.lineno or ast.unparse(call.func.value) not in models:
            continue
        is_here = getattr(there, "parent", None) in around and function_around(call) is function_around(running)
        if is_here and loop_around(call) is loop_around(running):
            found.append(call)
    return max(found, key=lambda each: each.lineno, default=None)
