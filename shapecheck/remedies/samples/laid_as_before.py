"""Data that lie otherwise than those of the calls before: made as the others were, or turned where they are read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.reading.definitions import called_as
from shapecheck.reading.edits import place_before, suffixed, with_keyword
from shapecheck.reading.failing import RECURRENT, failed, operand
from shapecheck.reading.origins import given_for
from shapecheck.reading.recurrent.laid_before import turned_round
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import (
    Source,
    class_around,
    defaults_of,
    found_at,
    is_named,
    last_name,
    node_at,
    parameters,
    source_of,
    statement_of,
    user_sources,
    walk,
)
from shapecheck.reading.vocabulary import TURNS

_TURN = (Step("transpose", "input", (0, 1)),)
_SUFFIX = ".transpose(0, 1)"
_ANSWERS = "what it is held against may lie the same way, and has then to be turned too"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes of the data of a call that lie the other way round."""
    operation = failed(evidence, *RECURRENT)
    item = operand(operation, "input")
    if item is None or turned_round(evidence) is None:
        return []
    return [*_told_as_beside(evidence, item), *_turned_where_read(evidence, item)]


def _told_as_beside(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """What another call of the maker of the data says yes or no to, where the call that made these says the other."""
    for span in (each.span for each in evidence.origins.get(item.expression, ())):
        source, call = found_at(span)
        function = _called(evidence, call) if isinstance(call, ast.Call) else None
        if source is None or function is None or not isinstance(call, ast.Call):
            continue
        beside = [each for each in source.calls(last_name(call.func)) if each is not call]
        for name in parameters(function):
            ours = _told(call, function, name)
            theirs = {each.value for other in beside if (each := _told(other, function, name)) is not None}
            if ours is None or theirs != {not ours.value}:
                continue
            text = str(not ours.value)
            is_placed = any(each is ours for each in call.args)
            change = Change(source.span(ours), text) if is_placed else with_keyword(span, name, text)
            if change is not None:
                yield Candidate(f"{name}={text}", (change,), _TURN, 0.02)


def _called(evidence: Evidence, call: ast.Call) -> ast.FunctionDef | None:
    """The function of the user's that a call runs; of a class, its constructor."""
    name = last_name(call.func)
    for source in user_sources(evidence):
        for function in source.functions:
            if called_as(function) == name:
                return function
    return None


def _told(call: ast.Call, function: ast.FunctionDef, name: str) -> ast.Constant | None:
    """The yes or no that a call gives for a parameter, or leaves to its default."""
    if any(each.arg is None for each in call.keywords):
        return None
    found = given_for(call, function, name) or dict(defaults_of(function.args)).get(name)
    return found if isinstance(found, ast.Constant) and isinstance(found.value, bool) else None


def _turned_where_read(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """The data turned by the script, where it takes them out of a loop with all that belongs to them, or hands them in.

    A model that turned them itself would have them wrong in the calls before.
    """
    for origin in evidence.origins.get(item.expression, ()):
        node, source = node_at(origin.span), source_of(origin.span.file)
        loop = statement_of(node)
        if node is None or source is None or class_around(node) is not None:
            continue
        if isinstance(loop, ast.For) and node is loop.iter:
            yield from _turned_in_loop(evidence, source, loop, origin.expression)
            return
        if isinstance(node, ast.Name) and isinstance(getattr(node, "parent", None), ast.Call):
            yield Candidate(*_behind(origin.span), _TURN, 0.3, _ANSWERS)


def _behind(span: Span) -> tuple[str, tuple[Change, ...]]:
    change = suffixed(span, _SUFFIX)
    return change.text, (change,)


def _turned_in_loop(evidence: Evidence, source: Source, loop: ast.For, name: str) -> Iterator[Candidate]:
    """A line at the head of a loop that turns what it gives, and all with the same two axes that is not turned yet."""
    held = held_around(evidence, source, loop)
    shape = _shape(held.get(name))
    targets = [each.id for each in walk(loop.target) if isinstance(each, ast.Name)]
    first = source.span(loop.body[0])
    if len(shape) < 2 or name not in targets or first.line == loop.lineno:
        return
    reads = {each: list(_reads(loop, each)) for each in targets}
    alike = [each for each in targets if _shape(held.get(each))[:2] == shape[:2]]
    turned = [each for each in alike if each == name or not any(reads[each])]
    is_told = all(all(reads[each]) for each in alike if each not in turned) and not any(reads[name])
    text = f"{', '.join(turned)} = {', '.join(f'{each}{_SUFFIX}' for each in turned)}"
    place = place_before(first)
    change = Change(place, f"{text}\n{' ' * first.column}")
    yield Candidate(text, (change,), _TURN, 0.1, "" if is_told else _ANSWERS)


def _reads(loop: ast.For, name: str) -> Iterator[bool]:
    """Of each place where a loop reads a name, whether it is turned right there: ``target.t()``."""
    for each in (part for line in loop.body for part in walk(line)):
        if is_named(each, name) and isinstance(each.ctx, ast.Load):
            up = getattr(each, "parent", None)
            yield isinstance(up, ast.Attribute) and up.attr in TURNS


def _shape(held: Value | None) -> tuple[int, ...]:
    return held.record.shape if held is not None and held.kind == "tensor" and held.record is not None else ()
