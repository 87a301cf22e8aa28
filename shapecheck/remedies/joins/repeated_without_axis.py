"""What there is once for each sample, repeated for each step without an axis for the steps: one put in before it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import place_behind, whole_number
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import found_at, last_name

_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``h[-1].unsqueeze(1).repeat(1, steps, 1)`` for ``h[-1].repeat(1, steps, 1)``, beside ``(samples, steps, ..)``."""
    operation = failed(evidence, "cat", "concat", "concatenate", "add", "mul", "sub")
    items = [item for item in tensors(operation) if item.span is not None]
    if len(items) != 2:
        return []
    return [way for one, other in (items, items[::-1]) for way in _put_in(evidence, one, other)]


def _put_in(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """A row of all samples, as often as there are steps, where the other has the samples and the steps apart."""
    own, wanted = sizes_of(item), sizes_of(other)
    if len(own) != 3 or len(wanted) != 3 or own[0] != 1 or own[1] != wanted[0] * wanted[1] or wanted[0] < 2:
        return
    for span in dict.fromkeys((item.span, *(each.span for each in trace(evidence, item.span)))):
        place = _repeated(span)
        if place is not None:
            change = Change(place, ".unsqueeze(1)")
            yield Candidate("unsqueeze(1) before it is repeated", (change,), (), _COST)
            return


def _repeated(span: Span | None) -> Span | None:
    """Where an axis is put in front of ``repeat(1, steps, 1)``, or is to be put in behind the samples."""
    source, call = found_at(span)
    if source is None or not isinstance(call, ast.Call) or last_name(call.func) != "repeat":
        return None
    times = [whole_number(each) for each in call.args]
    if len(times) != 3 or (times[0], times[2]) != (1, 1) or times[1] == 1 or not isinstance(call.func, ast.Attribute):
        return None
    given = call.func.value
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr == "unsqueeze":
        if len(given.args) != 1 or whole_number(given.args[0]) != 0:
            return None
        whole, base = source.span(given), source.span(given.func.value)
        text = whole.text.removeprefix(base.text)
        return Span(span.file, base.end_line, base.end_column, whole.end_line, whole.end_column, text) if span else None
    return place_behind(source.span(given))
