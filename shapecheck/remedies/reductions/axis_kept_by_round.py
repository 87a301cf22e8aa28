"""A choice that goes back into a loop with an axis more than what the loop began with: ``scores.topk(1).indices``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.applied import given_as, told_to
from shapecheck.reading.edits import statement_behind, suffixed, whole_number
from shapecheck.reading.failing import CELLS, RECURRENT, failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    is_named,
    last_name,
    parents,
    rounds_around,
    walk,
)
from shapecheck.reading.turned_before import axis_made
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
_NEAR = 8
_CHOOSES = ("argmax", "argmin", "max", "min")
_PAIRS = ("topk", "max", "min")
_JOINS = ("cat", "concat", "hstack")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``scores.topk(1).indices.squeeze(-1)`` where the layer took an axis less in the round before."""
    operation = failed(evidence, *CELLS, *RECURRENT)
    item = operand(operation, "input")
    if item is None or item.span is None or 1 not in sizes_of(item)[1:-1]:
        return []
    before = [record.shape for call in evidence.earlier for record in call.inputs if record.role == "input"]
    if not before or len(before[-1]) != len(sizes_of(item)) - 1:
        return []
    return list(islice(_kept(evidence, item), 1))


def _kept(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    step = Step("squeeze", item.role, (sizes_of(item).index(1, 1),))
    for span in islice(spans_behind(evidence, item.span), _NEAR):
        source, node = found_at(span)
        for name in walk(node):
            loop = next(rounds_around(name), None)
            if source is None or loop is None or not isinstance(name, ast.Name):
                continue
            for made in walk(loop):
                if isinstance(made, ast.Assign) and made.lineno > name.lineno and _keeps(made, name.id):
                    changes = _changes(source, loop, made, name)
                    if changes:
                        yield Candidate(changes[0].text.strip(), changes, (step,), _COST)


def _keeps(made: ast.Assign, name: str) -> bool:
    """Whether a statement gives a name what was chosen along an axis that stays, with one place."""
    target, value = made.targets[0], made.value
    one = target.elts[-1] if isinstance(target, ast.Tuple) else target
    is_place = isinstance(value, ast.Subscript) and whole_number(value.slice) == 1
    is_taken = is_place or (isinstance(value, ast.Attribute) and value.attr == "indices")
    if is_taken and isinstance(value, ast.Attribute | ast.Subscript):
        value = value.value
    is_pair = is_taken or isinstance(target, ast.Tuple)
    is_it = is_named(one, name) and is_pair is (last_name(getattr(value, "func", None)) in _PAIRS)
    if not is_it or not isinstance(value, ast.Call):
        return False
    if last_name(value.func) in ("topk", "multinomial"):
        count = next(iter(told_to(value)), given_as(value, "k") or given_as(value, "num_samples"))
        return whole_number(count) == 1
    kept = given_as(value, "keepdim")
    return last_name(value.func) in _CHOOSES and isinstance(kept, ast.Constant) and kept.value is True


def _changes(source: Source, loop: ast.AST, made: ast.Assign, name: ast.Name) -> tuple[Change, ...]:
    """The axis taken off what was chosen; where others join it along that one, put on what the loop begins with."""
    home = function_around(name) or source.tree
    put = next((way for up in parents(name) if isinstance(up, ast.expr) and (way := _put(source, up, name.id))), None)
    first = [each for each in walk(home) if isinstance(each, ast.Assign) and each.lineno < loop.lineno]  # type: ignore[attr-defined]
    begun = [each for each in first if any(is_named(target, name.id) for target in each.targets)]
    if _is_joined(home, name.id):
        return (put, suffixed(source.span(begun[-1].value), ".unsqueeze(1)")) if put is not None and begun else ()
    if isinstance(made.targets[0], ast.Tuple):
        return (statement_behind(source, made, f"{name.id} = {name.id}.squeeze(-1)"),)
    return (suffixed(source.span(made.value), ".squeeze(-1)"),)


def _put(source: Source, node: ast.expr, name: str) -> Change | None:
    """A name without the axis that an expression puts behind its rows."""
    span = source.span(node)
    put = axis_made(span.text)
    return Change(span, name) if put is not None and put[0] == name and put[2] in (1, -1) else None


def _is_joined(home: ast.AST, name: str) -> bool:
    """Whether a list that a name is appended to is joined along an axis that is there."""
    calls = [each for each in walk(home) if isinstance(each, ast.Call)]
    lists = {
        ast.unparse(each.func.value)
        for each in calls
        if isinstance(each.func, ast.Attribute) and each.func.attr == "append" and is_named(each.args[0], name)
    }
    return any(last_name(each.func) in _JOINS and ast.unparse(each.args[0]) in lists for each in calls if each.args)
