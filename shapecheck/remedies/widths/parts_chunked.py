"""A layer whose output is cut into parts, each of which should be as wide as the layer was told for all of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, told_to, written_axis
from shapecheck.reading.edits import bracketed, call_of, expression, factors, piece, whole_number
from shapecheck.reading.failing import failed, number, operand, shape, tensors
from shapecheck.reading.layers.layer_arguments import GIVEN_AT_EACH_PLACE, told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import last_name, node_at, statement_of, walk
from shapecheck.reading.ways_back import spans_behind

_COST = 0.03
_NEAR = 12
_ELEMENTWISE = ("add", "sub", "mul", "div", "mul_", "add_")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``nn.Linear(width, 3 * width)`` in front of ``qkv(x).chunk(3, dim=-1)``, where each part should be that wide."""
    unpacked = failed(evidence, "unpack")
    if unpacked is not None and unpacked.arguments:
        return list(_too_few(evidence, unpacked.arguments[0]))
    operation = failed(evidence, "Linear")
    item, sizes, want = operand(operation, "input"), shape(operation, "input"), number(operation, "in_features")
    if item is not None and sizes and want:
        return list(_as_often(evidence, item.span, sizes[-1], want))
    pair = tensors(failed(evidence, *_ELEMENTWISE))
    if len(pair) != 2 or len(sizes_of(pair[0])) != len(sizes_of(pair[1])):
        return []
    found: list[Candidate] = []
    for one, other in (pair, pair[::-1]):
        differ = [sizes for sizes in zip(sizes_of(one), sizes_of(other), strict=True) if sizes[0] != sizes[1]]
        if len(differ) == 1:
            found += _as_often(evidence, one.span, *differ[0])
    return found


def _too_few(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """The same where the layer gives so little that it falls into fewer parts than it is to be cut into."""
    call = call_of(item.span) if item.span is not None else None
    parts = [each.record.shape for each in item.value.items if each.record is not None]
    if call is not None and item.span is not None and parts and len(parts) < (count := _parts_of(item, call)):
        yield from _told_for_all(evidence, item.span, call, count, len(parts[0]))


def _told_for_all(evidence: Evidence, span: Span, cut: ast.Call, count: int, ndim: int) -> Iterator[Candidate]:
    """The width of the layer whose output is cut along its features, so many times."""
    for given in _widths(evidence, span, cut, ndim):
        # Where it was told so many times a width already, it is the cut that is wrong.
        if str(count) not in [ast.unparse(each) for each in factors(expression(given.text))]:
            text = f"{count} * {bracketed(given.text)}"
            yield Candidate(text, (Change(given, text),), (), _COST)


def _widths(evidence: Evidence, span: Span, cut: ast.Call, ndim: int) -> Iterator[Span]:
    """The width that the layer is told whose output is cut along its features."""
    base, axis = applied_to(cut), whole_number(written_axis(cut, 1) or ast.Constant(0))
    if not isinstance(base, ast.Call | ast.Name) or axis is None:
        return
    whole = piece(span, base)
    for place in (whole, *(each.span for each in trace(evidence, whole)[:1])):
        made = call_of(place)
        for origin in trace(evidence, piece(place, made.func))[:1] if made is not None else ():
            layer = call_of(origin.span)
            width = GIVEN_AT_EACH_PLACE.get(last_name(layer.func)) if layer is not None else None
            given = told_for(origin, width.name) if width is not None else None
            if (
                width is not None
                and given is not None
                and not given.text.isdecimal()
                and axis % ndim == width.axis % ndim
            ):
                yield given
                return


def _parts_of(item: Argument, call: ast.Call) -> int:
    """Into how many parts what is taken apart was to be cut; 0 where that is not known."""
    told, name = told_to(call), last_name(call.func)
    if name == "chunk" and told:
        return whole_number(told[0]) or 0
    statement = statement_of(node_at(item.span))
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    # Parts of one size: all that the layer gives is as wide as one of them.
    is_one = name == "split" and len(item.value.items) == 1 and not (told and isinstance(told[0], ast.List | ast.Tuple))
    return len(target.elts) if is_one and isinstance(target, ast.Tuple | ast.List) else 0


def _as_often(evidence: Evidence, place: Span | None, have: int, want: int) -> Iterator[Candidate]:
    """The same where a part meets what is as wide as all that was cut."""
    for span in islice(spans_behind(evidence, place), _NEAR):
        for node in walk(expression(span.text)):
            told = told_to(node) if isinstance(node, ast.Call) and last_name(node.func) == "chunk" else []
            count = whole_number(told[0]) if told else None
            if not isinstance(node, ast.Call) or count is None or count < 2:
                continue
            found = list(_told_too_few(evidence, span, node, count, have, want))
            # Of what does not go into equal parts the last is smaller.
            if not found and have == -(-want // count):
                found = list(_told_for_all(evidence, span, node, count, _ndim(evidence)))
            if found:
                yield from found
                return


def _told_too_few(
    evidence: Evidence, span: Span, cut: ast.Call, count: int, have: int, want: int
) -> Iterator[Candidate]:
    """``4 * width`` for ``3 * width`` in front of ``gates(x).chunk(4)``: told for another number of parts."""
    for given in _widths(evidence, span, cut, _ndim(evidence)):
        for each in factors(expression(given.text)):
            told = whole_number(each)
            if told is not None and told != count and told > 1 and told * want == have * count:
                place = piece(given, each)
                yield Candidate(f"{told} -> {count}", (Change(place, str(count)),), (), _COST)
                return


def _ndim(evidence: Evidence) -> int:
    """How many axes there are where the operation failed."""
    return max((len(sizes_of(each)) for each in tensors(failed(evidence))), default=1) or 1
