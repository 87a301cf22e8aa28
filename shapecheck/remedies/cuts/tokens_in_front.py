"""What a model gives for the tokens that it puts in front itself, beside a tensor that has none for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import written_axis
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import method_of
from shapecheck.reading.edits import place_before, suffixed, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import JOINS, SPREADING, both_ways, sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import (
    Source,
    found_at,
    is_own,
    items_of,
    last_name,
    names_in,
    receivers,
    user_sources,
    walk,
)

CAUSE = "cut_on_one_side_only"
_COST = 0.05
_FULL = ("randn", "zeros", "rand", "empty", "ones")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``model(x)[:, model.prompts:-1]`` beside ``labels[:, 1:]``, where the model puts prompts in front of ``x``."""
    for item, other in both_ways(failed(evidence, *SPREADING)):
        have, want = sizes_of(item), sizes_of(other)
        alike = len(have) == len(want) > 1 and (have[0], *have[2:]) == (want[0], *want[2:])
        if alike and have[1] > want[1] and item.span is not None:
            found = list(_cut(evidence, item, have[1] - want[1]))
            if found:
                return found[:1]
    return []


def _cut(evidence: Evidence, item: Argument, count: int) -> Iterator[Candidate]:
    for span in reversed(spans_of(evidence, item.span, through=True)):
        source, node = found_at(span)
        if source is None or node is None:
            continue
        for name in _counts(evidence, source, node, count):
            change = _change(source, span, node, name)
            yield Candidate(f"without the first {name}", (change,), (), _COST, cause=CAUSE)


def _change(source: Source, span: Span, node: ast.expr, name: str) -> Change:
    """The first places left out by the index that is there already, or by one behind the expression."""
    parts = items_of(node.slice) if isinstance(node, ast.Subscript) else []
    cut = parts[1] if len(parts) > 1 else None
    is_whole = bool(parts) and isinstance(parts[0], ast.Slice) and parts[0].lower is parts[0].upper is None
    if is_whole and isinstance(cut, ast.Slice) and cut.lower is None and cut.step is None:
        return Change(place_before(source.span(cut)), name)
    return suffixed(span, f"[:, {name}:]")


def _counts(evidence: Evidence, source: Source, node: ast.expr, count: int) -> Iterator[str]:
    """How a place reads the number of tokens in front, of the model that gave what stands there."""
    base = [*receivers(node)][-1]
    while isinstance(base, ast.Subscript | ast.Attribute):
        base = base.value
    makers = trace(evidence, source.span(base), parts=True)
    call = found_at(makers[0].span)[1] if makers else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name | ast.Attribute):
        return
    owners = (each for where in user_sources(evidence) for each in where.classes)
    names = {name for each in owners for name in _put_in_front(evidence, each, count)}
    if len(names) == 1:
        yield f"{ast.unparse(call.func)}.{names.pop()}"


def _put_in_front(evidence: Evidence, owner: ast.ClassDef, count: int) -> Iterator[str]:
    """The attribute that tells how many rows of its own a model joins in front of what it reads."""
    source = next((each for each in user_sources(evidence) if owner in each.classes), None)
    forward = method_of(owner, "forward")
    if source is None or forward is None:
        return
    pairs = [pair for line in walk(owner) for pair in values_given(line)]
    told = {ast.unparse(value): target.attr for target, value in pairs if is_own(target)}
    for table, rows in _tables(pairs):
        name = told.get(ast.unparse(rows)) or (rows.attr if is_own(rows) else "")
        if name and worked_out(evidence, source.span(rows)) == count and _is_joined_first(forward, table):
            yield name


def _tables(pairs: list[tuple[ast.expr, ast.expr]]) -> Iterator[tuple[str, ast.expr]]:
    """The parameters of a class, each with what is written for the number of its rows."""
    for target, value in pairs:
        if is_own(target) and isinstance(value, ast.Call) and last_name(value.func) == "Parameter":
            calls = (each for each in walk(value) if isinstance(each, ast.Call) and last_name(each.func) in _FULL)
            for call in calls:
                sizes = items_of(call.args[0]) if len(call.args) == 1 else call.args
                if len(sizes) > 1:
                    yield target.attr, sizes[-2]


def _is_joined_first(forward: ast.FunctionDef, table: str) -> bool:
    """Whether the first part of a join along the steps is made of a parameter, under its own name or another one."""
    names = {
        ast.unparse(target)
        for line in walk(forward)
        for target, value in values_given(line)
        if any(is_own(each) and each.attr == table for each in walk(value))
    }
    for call in (each for each in walk(forward) if isinstance(each, ast.Call) and last_name(each.func) in JOINS):
        along = written_axis(call)
        row = call.args[0] if call.args else None
        if along is not None and whole_number(along) == 1 and isinstance(row, ast.List | ast.Tuple) and row.elts:
            first = row.elts[0]
            if names_in(first) & names or any(is_own(each) and each.attr == table for each in walk(first)):
                return True
    return False
