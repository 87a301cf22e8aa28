"""Axes that every round of a loop turns and only what is behind the loop turns back: turned once, in front of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import place_before, whole_lines, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.origins import given_for
from shapecheck.reading.sources import (
    Loop,
    Source,
    class_around,
    function_around,
    is_named,
    is_own,
    last_name,
    names_in,
    node_at,
    rounds_around,
    source_of,
    statement_of,
    walk,
)

# Likelier than that what the loop walks along lies otherwise: that would have failed in the first round.
_COST = -0.1


def candidates(evidence: Evidence) -> list[Candidate]:
    """``x = x.transpose(0, 1)`` in front of the loop, where ``x.transpose(0, 1)`` stands behind it too."""
    if failed(evidence) is None:
        return []
    found = []
    for frame in evidence.user_frames:
        source = source_of(frame.span.file)
        node = node_at(frame.span)
        loops = [*rounds_around(node)] if node is not None else []
        for loop in loops if source is not None else ():
            is_its = source is not None and function_around(loop) is function_around(node)
            if source is not None and is_its and _has_gone_round(evidence, loop):
                found += [*_in_body(source, loop), *_in_function(source, loop, node)]
    return found


def _has_gone_round(evidence: Evidence, loop: Loop) -> bool:
    """Whether a layer that the loop goes through has returned: in its first round nothing was turned too often."""
    root = loop.iter if isinstance(loop, ast.For) else loop
    read = {each.attr for each in walk(root) if isinstance(each, ast.Attribute)}
    calls = [entry.call for entry in evidence.trace or () if entry.call.status == "returned"]
    return any(not read.isdisjoint(call.module.split(".")) for call in calls)


def _in_body(source: Source, loop: Loop) -> Iterator[Candidate]:
    """The turn as a line of the loop itself."""
    for line in loop.body:
        turn = _turn_of(line)
        is_known = turn is not None and not names_in(line) & stored_in(loop) - {turn[0]}
        if turn is not None and is_known and _is_turned_back(loop, turn[0], turn[1]):
            yield _once(source, loop, line, turn[0])


def _in_function(source: Source, loop: Loop, node: ast.AST | None) -> Iterator[Candidate]:
    """The turn at the beginning of a method that the loop calls with what it gave in the round before."""
    call, line = node, statement_of(node)
    if not isinstance(call, ast.Call) or not isinstance(line, ast.Assign) or not is_own(call.func):
        return
    given = names_in(*line.targets)
    for function in source.functions:
        if function.name != last_name(call.func) or class_around(function) is not class_around(loop):
            continue
        for part in function.body:
            turn = _turn_of(part)
            value = given_for(call, function, turn[0]) if turn is not None else None
            # Nothing but the object and the tensor itself is known in front of the loop.
            is_known = turn is not None and names_in(part) <= {"self", turn[0]}
            if turn is None or not isinstance(value, ast.Name) or value.id not in given or not is_known:
                continue
            returns = [each for each in walk(function) if isinstance(each, ast.Return)]
            is_back = any(_axes(each) for line in returns for each in walk(line))
            if not is_back and _is_turned_back(loop, value.id, turn[1]):
                yield _once(source, loop, part, turn[0], value.id)


def _turn_of(line: ast.stmt) -> tuple[str, frozenset[int]] | None:
    """The name that a line gives its own value turned, also under a condition, and the two axes."""
    inner = line.body[0] if isinstance(line, ast.If) and len(line.body) == 1 and not line.orelse else line
    if not isinstance(inner, ast.Assign) or len(inner.targets) != 1 or not isinstance(inner.targets[0], ast.Name):
        return None
    axes, name = _axes(inner.value), inner.targets[0].id
    method = inner.value.func if isinstance(inner.value, ast.Call) and axes else None
    base = method.value if isinstance(method, ast.Attribute) else None
    return (name, axes) if axes and is_named(base, name) else None


def _axes(node: ast.AST) -> frozenset[int]:
    """The two axes that a method exchanges; none of anything else."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return frozenset()
    given = [axis for each in node.args if (axis := whole_number(each)) is not None]
    if node.func.attr in ("transpose", "swapaxes") and len(given) == len(node.args) == 2:
        return frozenset(given)
    moved = [axis for axis, at in enumerate(given) if axis != at]
    is_order = node.func.attr == "permute" and sorted(given) == list(range(len(node.args)))
    return frozenset(moved) if is_order and len(moved) == 2 else frozenset()


def _is_turned_back(loop: Loop, name: str, axes: frozenset[int]) -> bool:
    """Whether the two axes of a name are exchanged behind the loop, and nowhere else in it."""
    home = function_around(loop)
    calls = [each for each in walk(home) if isinstance(each, ast.Call) and _axes(each) == axes]
    turns = [each for each in calls if isinstance(each.func, ast.Attribute) and ast.unparse(each.func.value) == name]
    end = loop.end_lineno or loop.lineno
    inside = [each for each in turns if loop.lineno <= each.lineno <= end]
    behind = [each for each in turns if each.lineno > end]
    return len(behind) == 1 and len(inside) < 2 and len(turns) == len(behind) + len(inside)


def _once(source: Source, loop: Loop, line: ast.stmt, name: str, outside: str = "") -> Candidate:
    indent = " " * loop.col_offset
    turned = line.body[0] if isinstance(line, ast.If) else line
    text = ast.unparse(turned)
    if outside and outside != name:
        text = text.replace(f"{name} = {name}.", f"{outside} = {outside}.")
    head = f"if {ast.unparse(line.test)}:\n{indent}    " if isinstance(line, ast.If) else ""
    front = Change(place_before(source.span(loop)), f"{head}{text}\n{indent}")
    return Candidate(f"{text} in front of the loop", (front, Change(whole_lines(source, line), "")), (), _COST)
