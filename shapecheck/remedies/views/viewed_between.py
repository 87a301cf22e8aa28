"""One size of a view between two layers: what the one in front was made with, or the one behind it takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Origin, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.calls import calls_in
from shapecheck.reading.edits import argument, call_of, expression, factors, piece
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.sizes_told import number_of, sizes_written
from shapecheck.reading.sources import (
    begin_of,
    class_around,
    home_around,
    is_own,
    known_at,
    last_name,
    names_in,
    node_at,
    source_of,
    statement_of,
    walk,
)
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """``view(n, self.wide, *grid)`` behind ``nn.Linear(k, self.wide * math.prod(grid))``."""
    operation = failed(evidence, "view", "reshape")
    item = operand(operation, "self", "input") if operation is not None else None
    if operation is None or item is None or item.span is None or operation.span is None:
        return []
    written = sizes_written(evidence, operation)
    if len(written) == 2:
        return list(_rows(evidence, item, operation.span, written))
    sizes = [size for each in written if (size := number_of(each)) is not None]
    total = prod(sizes_of(item))
    if sizes[:1] == [-1] and len(sizes_of(item)) == 2:
        # Where the rows are left open, each of them is to stay one sample.
        sizes[0] = sizes_of(item)[0]
    if len(sizes) != len(written) or len(sizes) < 3 or min(sizes) < 1 or sizes[:1] != list(sizes_of(item)[:1]):
        return []
    found: list[Candidate] = []
    # The channels: the sides of maps, which are the same number, would have to change together.
    for at, each in enumerate(written[1:], start=1):
        rest = prod(sizes) // sizes[at]
        if each.span is not None and total % rest == 0 and total != prod(sizes) and sizes.count(sizes[at]) == 1:
            found += _told(evidence, item.span, operation.span, each, total // rest)
    return found if len(found) == 1 else []


def _rows(evidence: Evidence, item: Argument, view: Span, written: list[Argument]) -> Iterator[Candidate]:
    """``view(-1, self.hidden)``, where the steps of a sequence are as wide as the layer behind it reads them."""
    place, sizes, reader = written[1].span, sizes_of(item), _reader(evidence, view, "in_features")
    if place is None or len(sizes) < 3 or number_of(written[0]) != -1 or reader is None or reader[1] != sizes[-1]:
        return
    if number_of(written[1]) in (-1, sizes[-1]):
        return
    layer = reader[0].rpartition(".")[0]
    owner = class_around(node_at(place))
    origins = (
        origin for each in calls_in(home_around(node_at(view))) for origin in _makers(evidence, place, each, layer)
    )
    told = next((given.text for each in origins if (given := told_for(each, "in_features")) is not None), "")
    kept = {
        ast.unparse(target)
        for each in walk(owner)
        for target, value in values_given(each)
        if is_own(target) and told and ast.unparse(value) == told
    }
    text = kept.pop() if len(kept) == 1 else reader[0]
    yield Candidate(f"{place.text} -> {text}", (Change(place, text),), (), _COST)


def _makers(evidence: Evidence, place: Span, call: ast.Call, layer: str) -> tuple[Origin, ...]:
    """What made the layer of a name, where a call is of it."""
    source = source_of(place.file)
    is_it = source is not None and ast.unparse(call.func) == layer
    return trace(evidence, source.span(call.func)) if is_it and source is not None else ()


def _told(evidence: Evidence, item: Span, view: Span, written: Argument, size: int) -> Iterator[Candidate]:
    assert written.span is not None
    place, told, reader = written.span, number_of(written), _reader(evidence, view)
    factor = next(_factors_in_front(evidence, item, size), None)
    if reader is not None and reader[1] == told:
        # The view goes with what reads it: it is the layer in front that was made otherwise.
        if factor is not None:
            text = place.text if _is_read_alike(place, node_at(factor)) else str(told)
            yield Candidate(f"{factor.text} -> {text}", (Change(factor, text),), (), _COST)
        return
    if factor is not None and _is_read_alike(factor, node_at(place)):
        yield Candidate(f"{place.text} -> {factor.text}", (Change(place, factor.text),), (), _COST)
    elif reader is not None and reader[1] == size:
        yield Candidate(f"{place.text} -> {reader[0]}", (Change(place, reader[0]),), (), _COST)


def _factors_in_front(evidence: Evidence, item: Span, size: int) -> Iterator[Span]:
    """The factors of the width of the nearest Linear behind an operand that come to a size."""
    for span in spans_behind(evidence, item):
        call = call_of(span)
        rows = call.args if call is not None and last_name(call.func) == "Sequential" else [call]
        layers = [each for each in rows if isinstance(each, ast.Call) and last_name(each.func) == "Linear"]
        for layer in layers[-1:]:
            given = argument(span if layer is call else piece(span, layer), "out_features", 1)
            node = expression(given.text) if given is not None else None
            spans = [piece(given, each) for each in factors(node)] if node is not None and given is not None else []
            yield from (each for each in spans if len(spans) > 1 and worked_out(evidence, each) == size)
        if layers:
            return


def _is_read_alike(text: Span, place: ast.AST | None) -> bool:
    """Whether a text means the same at another place: an attribute of the same object, a name of both, or a number."""
    there, node = node_at(text), expression(text.text)
    if place is None or there is None or node is None:
        return False
    if is_own(node):
        line = statement_of(there)
        is_there = line is None or not isinstance(line, ast.Assign) or home_around(there) is not home_around(place)
        return class_around(there) is class_around(place) is not None and is_there
    same = home_around(there) is home_around(place)
    return isinstance(node, ast.Constant) or (same and names_in(node) <= known_at(place))


def _reader(evidence: Evidence, view: Span, name: str = "in_channels") -> tuple[str, object] | None:
    """The layer that is called next with what was viewed: how to ask it what it reads, and how many they are."""
    node, frame = node_at(view), evidence.user_frame
    home, line = home_around(node), statement_of(node)
    names = stored_in(line) if line is not None else set()
    for call in sorted(calls_in(home), key=begin_of):
        given = call.args[0] if call.args else None
        if given is node or (isinstance(given, ast.Name) and given.id in names and call.lineno > view.line):
            text = ast.unparse(call.func)
            layer = frame.names.get(text) if frame is not None else None
            source = source_of(view.file)
            made = trace(evidence, source.span(call.func)) if source is not None else ()
            in_a_row = any(last_name(getattr(call_of(each.span), "func", None)) == "Sequential" for each in made)
            known = layer.config.get(name) if layer is not None else None
            return (f"{text}{'[0]' if in_a_row else ''}.{name}", known) if known is not None else None
    return None
