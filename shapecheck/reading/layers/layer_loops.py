"""Loops over layers in which each layer is given what the first one got, and what the one before returned is lost."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from shapecheck.evidence import Evidence, Frame, Span, Value
from shapecheck.reading.assignments import names_read, only_value, stored_in, values_given
from shapecheck.reading.calls import all_given
from shapecheck.reading.edits import call_of
from shapecheck.reading.sources import (
    Loop,
    Source,
    function_around,
    is_named,
    last_name,
    names_in,
    parents,
    receivers,
    source_of,
    statement_of,
    walk,
)


@dataclass(frozen=True, slots=True)
class SameInput:
    """A call in a loop over layers whose input no round makes anew.

    Args:
        call: The call of the layer, or what a loop within takes the steps from for it.
        given: Its input: a name that the loop only reads.
        returned: The name that each round gives to what the layer returns, and that none reads.
        loop: The loop, from its head.
        begun: Whether that name is the input itself before the first round: ``out = x``.
    """

    call: Span
    given: Span
    returned: str
    loop: Span
    begun: bool


def same_input(evidence: Evidence) -> SameInput | None:
    """The call among the frames of a crash that gives each layer the input of the first one, the innermost."""
    for frame in reversed(evidence.frames):
        source = source_of(frame.span.file) if frame.is_user and evidence.crash is not None else None
        found = _of_frame(source, frame) if source is not None else None
        if found is not None:
            return found
    return None


def _of_frame(source: Source, frame: Frame) -> SameInput | None:
    node = source.node_at(frame.span) if call_of(frame.span) is not None else None
    statement = statement_of(node)
    if not isinstance(node, ast.Call) or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    loops = [up for up in _within(statement) if isinstance(up, Loop)]
    if not loops:
        return None
    if not _is_another_layer(frame, node, stored_in(loops[0]) - names_in(*statement.targets)):
        return _of_walked(source, frame, node, loops)
    handed = [(each, node) for each in _given(node)]
    return _lost_between(source, frame, loops[0], statement, handed)


def _of_walked(source: Source, frame: Frame, call: ast.Call, loops: Sequence[Loop]) -> SameInput | None:
    """The same where a loop within calls the layer for each step of the input, and what it gave is put together."""
    if len(loops) < 2 or not _is_another_layer(frame, call, stored_in(loops[1]) - stored_in(loops[0])):
        return None
    inner, outer = loops[:2]
    walked = [*_walked(inner, call)]
    for line in outer.body if inner in outer.body else ():
        if isinstance(line, ast.Assign) and len(line.targets) == 1 and line.lineno > inner.lineno:
            found = _lost_between(source, frame, outer, line, walked)
            if found is not None and _steps_lie_alike(frame, found):
                return found
    return None


def _lost_between(
    source: Source, frame: Frame, loop: Loop, statement: ast.Assign, given: Sequence[tuple[ast.Name, ast.expr]]
) -> SameInput | None:
    for returned in _targets_in_order(statement):
        for name, where in given:
            if name.id in stored_in(loop) or not _is_another_size(frame, name.id, returned):
                continue
            begun = _is_begun_with(source, loop, returned, name.id)
            if begun is None or not _is_lost(loop, statement, returned, begun=begun):
                continue
            return SameInput(source.span(where), source.span(name), returned, source.span(loop), begun)
    return None


def _within(statement: ast.stmt) -> Iterator[ast.AST]:
    """What stands around a statement in its function."""
    yield from takewhile(lambda up: not isinstance(up, ast.FunctionDef | ast.Lambda | ast.ClassDef), parents(statement))


def _walked(inner: Loop, call: ast.Call) -> Iterator[tuple[ast.Name, ast.expr]]:
    """The names that a loop takes the steps from which a call is given, each with the expression that takes them."""
    for given in all_given(call):
        taken: ast.expr | None = given
        if isinstance(given, ast.Name):
            targets = names_in(inner.target) if isinstance(inner, ast.For) else set()
            taken = inner.iter if isinstance(inner, ast.For) and given.id in targets else only_value(inner, given.id)
            if isinstance(taken, ast.Call) and last_name(taken.func) == "enumerate" and taken.args:
                taken = taken.args[0]
        base = [*receivers(taken)][-1] if taken is not None else None
        if isinstance(base, ast.Name) and taken is not None:
            yield base, taken


def _steps_lie_alike(frame: Frame, found: SameInput) -> bool:
    """Whether what was put together has its steps and its samples where the input has them."""
    first, last = (_sizes(frame.names.get(name)) for name in (found.given.text, found.returned))
    return first is not None and last is not None and first[:-1] == last[:-1]


def _is_another_layer(frame: Frame, call: ast.Call, new: set[str]) -> bool:
    """Whether each round calls a layer of its own: one that the loop names, or chooses by what it names."""
    modules = {name for name in new if name in frame.names and frame.names[name].kind == "module"}
    return bool(names_read(call) & modules or names_read(call.func) & new)


def _given(call: ast.Call) -> Iterator[ast.Name]:
    for each in all_given(call):
        if isinstance(each, ast.Name):
            yield each


def _is_another_size(frame: Frame, given: str, returned: str) -> bool:
    """Whether a round has gone by and left something of the input's kind in another size."""
    first, last = (_sizes(frame.names.get(name)) for name in (given, returned))
    return first is not None and last is not None and len(first) == len(last) and first != last


def _sizes(value: Value | None) -> tuple[int, ...] | None:
    known = value is not None and value.kind == "tensor" and value.record is not None
    return value.record.shape if known and value is not None and value.record is not None else None


def _is_begun_with(source: Source, loop: Loop, returned: str, given: str) -> bool | None:
    """Whether the name stands for the input before the loop; None where it stands for something else there."""
    function = function_around(loop) or source.tree
    before = [
        (target, value)
        for node in walk(function)
        for target, value in values_given(node)
        if value.lineno < loop.lineno and returned in stored_in(target)
    ]
    if not before:
        return False
    target, value = before[-1]
    if is_named(value, given):
        return True
    is_none = isinstance(value, ast.Constant) and value.value is None
    return False if is_none or not isinstance(target, ast.Name) else None


def _is_lost(loop: Loop, statement: ast.Assign, returned: str, *, begun: bool) -> bool:
    """Whether no round reads what the one before has left in a name.

    What is read only to be changed and kept under the same name, ``out = out.relu()``, is not read. Where the name
    was begun with the input, a round may also collect it behind the call: that it was begun so would be for nothing.
    """
    for node in (each for line in loop.body for each in walk(line)):
        if not isinstance(node, ast.Name) or node.id != returned or not isinstance(node.ctx, ast.Load):
            continue
        here = statement_of(node)
        if here is None or here.lineno <= statement.lineno:
            return False
        if not begun and not (isinstance(here, ast.Assign) and names_in(*here.targets) == {returned}):
            return False
    return True


def _targets_in_order(statement: ast.Assign) -> list[str]:
    target = statement.targets[0]
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return [each.id for each in parts if isinstance(each, ast.Name)]
