"""Maps that are to become as large as the input, and are given the size that they have: its name was given to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.assignments import own_names, stored_in
from shapecheck.reading.edits import argument, expression, place_before
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, Shape, failed
from shapecheck.reading.mismatches import ELEMENTWISE, JOINS, pair, sizes_of
from shapecheck.reading.sources import (
    Source,
    function_around,
    is_named,
    names_in,
    node_at,
    statement_of,
    user_sources,
    walk,
)

_COST = 0.05
_RESIZES = ("interpolate", "upsample", "resize")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``interpolate(x, size=size)`` with the size that x had when the function was called."""
    operands = pair(failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, *ELEMENTWISE, *JOINS))
    if operands is None:
        return []
    given, wanted = (sizes_of(each)[-2:] for each in operands)
    operation = failed(evidence)
    here = function_around(node_at(operation.span)) if operation is not None and operation.span is not None else None
    if len(given) < 2 or given == wanted or not {len(sizes_of(each)) for each in operands} <= {3, 4}:
        return []
    return [
        candidate
        for source in user_sources(evidence)
        for call in source.calls(*_RESIZES)
        for candidate in (
            _of_sibling(source, call, operands)
            if here is not None and function_around(call) is here
            else _of_call(source, call)
            if _is_as_large(evidence, wanted) or _is_as_large(evidence, given)
            else ()
        )
    ]


def _of_sibling(source: Source, call: ast.Call, operands: tuple[Argument, Argument]) -> Iterator[Candidate]:
    """The size of what the maps are joined or reckoned with right there."""
    size, statement = argument(source.span(call), "size", 1), statement_of(call)
    told = [ast.unparse(each) for each in statement.targets] if isinstance(statement, ast.Assign) else []
    maps = ast.unparse(call.args[0]) if call.args else ""
    for item, other in (operands, operands[::-1]):
        is_it = told == [item.expression] and other.expression.isidentifier() and len(sizes_of(other)) == 4
        if is_it and size is not None and names_in(expression(size.text)) == {maps}:
            text = ast.unparse(_renamed(size, maps, other.expression))
            yield Candidate(f"size={text}", (Change(size, text),), (), _COST)


def _is_as_large(evidence: Evidence, size: Shape) -> bool:
    """Whether the script, or a module that it called, got maps of a size."""
    held = [value.record for frame in evidence.frames if frame.is_user for value in frame.names.values()]
    held += [record for each in (evidence.trace or ()) for record in each.call.inputs]
    return any(record is not None and len(record.shape) == 4 and record.shape[-2:] == size for record in held)


def _of_call(source: Source, call: ast.Call) -> Iterator[Candidate]:
    span, home = source.span(call), function_around(call)
    size = argument(span, "size", 1)
    maps = call.args[0] if call.args else None
    if home is None or size is None or not isinstance(maps, ast.Name) or names_in(expression(size.text)) != {maps.id}:
        return
    told = [each.arg for each in home.args.args if each.arg not in ("self", "cls")]
    if maps.id in told:
        first = _first_set(home, maps.id)
        if first is not None and first.lineno < call.lineno:
            yield _kept_before(source, home, first, size)
    elif len(told) == 1 and told[0] not in stored_in(home):
        text = ast.unparse(_renamed(size, maps.id, told[0]))
        yield Candidate(f"size={text}", (Change(size, text),), (), _COST)


def _first_set(home: ast.FunctionDef, name: str) -> ast.stmt | None:
    """The first statement of a function that gives a name another value, where that is no loop's or branch's."""
    for each in home.body:
        if isinstance(each, ast.Assign) and name in stored_in(each):
            return each
        if not isinstance(each, ast.Assign | ast.Expr | ast.AnnAssign) and name in stored_in(each):
            return None
    return None


def _kept_before(source: Source, home: ast.FunctionDef, first: ast.stmt, size: Span) -> Candidate:
    """The size asked for in a line of its own, while the name is still that of what came in."""
    name = next(each for each in ("size", "full_size", "size_of_input") if each not in own_names(home))
    at = source.span(first)
    place = place_before(at)
    line = Change(place, f"{name} = {size.text}\n{' ' * at.column}")
    return Candidate(f"{name} = {size.text}, before it is set", (line, Change(size, name)), (), _COST)


def _renamed(size: Span, old: str, new: str) -> ast.expr:
    tree = ast.parse(f"({size.text}\n)", mode="eval")
    for each in walk(tree):
        if is_named(each, old):
            each.id = new
    return tree.body
