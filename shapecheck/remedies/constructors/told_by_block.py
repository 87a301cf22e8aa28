"""A width that a class or a function of several layers handed on, as the call gave it: ``Double(out, out)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.definitions import called_as, maker_around, parameters_given
from shapecheck.reading.edits import bracketed, expression
from shapecheck.reading.origins import given_for, trace
from shapecheck.reading.sources import (
    call_around,
    found_at,
    function_around,
    last_name,
    names_in,
    source_of,
)
from shapecheck.remedies.widths.multiples import MOST_TIMES

_LEFT_OUT = "a join that was left out would give the layer the width that it was made for"


def told_by_block(
    evidence: Evidence, given: Span, have: int, size: int, trial: tuple[Step, ...], *, cost: float
) -> Iterator[Candidate]:
    """Another argument for the call that told a class its width, where the class is made at several places.

    Args:
        evidence: The problem.
        given: The argument of the layer, inside of the class.
        have: What it is.
        size: What it must be.
        trial: The same as a trial.
        cost: What it costs.
    """
    inside, function, handed = given, maker_around(given), trace(evidence, given, parts=True)
    for origin in handed:
        source, node = found_at(origin.span)
        call, home = call_around(node), function_around(node)
        if source is None or function is None or not inside.text.isidentifier() or call is None or home is None:
            return
        if not isinstance(node, ast.Name | ast.Attribute) or last_name(call.func) != called_as(function):
            return
        doubt = _LEFT_OUT if size < have else ""
        others = [
            name
            for name in parameters_given(home)
            if name != origin.span.text and _value(evidence, home, name, origin.span, have, size) == size
        ]
        if len(others) == 1:
            way = Change(origin.span, others[0])
            yield Candidate(f"{origin.span.text} -> {others[0]}", (way,), trial, cost, doubt)
        if inside == given and size % have == 0 and 2 <= size // have <= MOST_TIMES:
            text = f"{size // have} * {bracketed(origin.span.text)}"
            yield Candidate(f"{origin.span.text} -> {text}", (Change(origin.span, text),), trial, cost + 0.1)
        if inside == given:
            yield Candidate(
                f"{origin.span.text} -> {size}", (Change(origin.span, str(size)),), trial, cost + 1.0, doubt
            )
        inside, function = origin.span, home if home is maker_around(origin.span) else None


def _value(evidence: Evidence, home: ast.FunctionDef, name: str, told: Span, have: int, size: int) -> int | None:
    """What a parameter of the function around a call was, said by the argument that stands there where it is not known.

    ``Up(2 * w, w)`` of a loop says that the one is twice the other, whatever the number of this round is.
    """
    given = next((each.span for each in trace(evidence, told, parts=True)), None)
    source = source_of(given.file) if given is not None else None
    call = call_around(source.node_at(given)) if source is not None and given is not None else None
    beside = given_for(call, home, name) if call is not None else None
    if source is None or given is None or beside is None:
        return None
    other = source.span(beside)
    if given.text.isidentifier() and names_in(beside) == {given.text}:
        return worked_out(evidence, _with(other, given.text, have))
    if other.text.isidentifier() and names_in(expression(given.text)) == {other.text}:
        return size if worked_out(evidence, _with(given, other.text, size)) == have else None
    return worked_out(evidence, other)


def _with(span: Span, name: str, number: int) -> Span:
    """An expression with a number for a name."""
    return replace(span, text=re.sub(rf"\b{name}\b", str(number), span.text))
