"""Reads a tensor that holds the sizes of a buffer as its numbers, where one of these sizes was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.edits import call_of, expression, index_parts, piece, takes_all, whole_number
from shapecheck.reading.failing import CELLS, RECURRENT, failed, kind, operand, says, shape
from shapecheck.reading.origins import spans_of
from shapecheck.reading.recurrent.recurrent_calls import state_roles, state_sizes
from shapecheck.reading.sources import last_name, node_at, parents, walk
from shapecheck.reading.vocabulary import TENSORS

Place = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class SizesAsValues:
    """The making of such a tensor.

    Args:
        call: ``torch.tensor((n, m))``.
        function: What is called.
        sizes: The sizes.
        is_sure: Whether what is done with it tells these sizes.
    """

    call: Span
    function: Span
    sizes: Span
    is_sure: bool


def sizes_as_values(evidence: Evidence) -> SizesAsValues | None:
    """Where a tensor was made of the sizes that it was to have; None if nothing speaks for it."""
    operation = failed(evidence, "__setitem__", "copy_", *RECURRENT, *CELLS)
    if operation is None:
        return None
    if kind(operation) in (*RECURRENT, *CELLS):
        for role in state_roles(operation):
            item = operand(operation, role)
            made = _made(evidence, item.span) if item is not None and item.span is not None else None
            if made is not None and _fits(made[1], state_sizes(operation, role)):
                return _found(made[0], is_sure=True)
        return None
    return _stored_into(evidence, operation)


def _stored_into(evidence: Evidence, operation: Operation) -> SizesAsValues | None:
    buffer, index = _place(operation)
    made = _made(evidence, buffer) if buffer is not None else None
    if made is None or index is None:
        return None
    parts = [part for part, _ in index_parts(index)]
    is_plain = not any(isinstance(part, ast.Constant) and not isinstance(part.value, int) for part in parts)
    if len(parts) > len(made[1]) or not is_plain:
        return None
    place = tuple(_left(parts, made[1]))
    given = shape(operation, "value", "src", "other") or ()
    if given and (len(given) > len(place) or not _fits(place[len(place) - len(given) :], given)):
        return None
    is_known = bool(given) and len(given) == len(place)
    is_sure = is_known or _is_counted(index, made[0])
    is_open = len(parts) > 1 or says(evidence, r"setting an array element with a sequence") is not None
    return _found(made[0], is_sure=is_sure) if is_sure or is_open else None


def _place(operation: Operation) -> tuple[Span | None, Span | None]:
    """The buffer that something is stored into, and the index of the place."""
    item = operand(operation, "self")
    if item is None or item.span is None:
        return None, None
    if kind(operation) == "__setitem__":
        index = operand(operation, "index")
        return item.span, index.span if index is not None else None
    node = expression(item.span.text)
    if not isinstance(node, ast.Subscript):
        return None, None
    return piece(item.span, node.value), piece(item.span, node.slice)


def _made(evidence: Evidence, span: Span) -> tuple[Span, Place] | None:
    """The call that makes a tensor of two sizes or more, and these."""
    for origin in spans_of(evidence, span):
        call = call_of(origin)
        if call is None or not isinstance(call.func, ast.Attribute) or last_name(call.func) not in (*TENSORS, "array"):
            continue
        given = call.args[0] if len(call.args) == 1 else None
        if not isinstance(given, ast.Tuple | ast.List) or len(given.elts) < 2:
            return None
        numbers = tuple(_number(evidence, piece(origin, each)) for each in given.elts)
        is_size = all(number is None or number > 0 for number in numbers)
        return (origin, numbers) if is_size and not any(map(_is_no_size, given.elts)) else None
    return None


def _is_no_size(node: ast.AST) -> bool:
    """Whether it is a row of numbers, or reckoned with one that is no whole number."""
    if isinstance(node, ast.List | ast.Tuple | ast.Starred | ast.ListComp):
        return True
    return any(isinstance(each, ast.Constant) and type(each.value) is not int for each in walk(node))


def _number(evidence: Evidence, span: Span) -> int | None:
    """The number that is written there, or that the name has which is."""
    for place in spans_of(evidence, span):
        written = whole_number(expression(place.text))
        texts = [frame.names[place.text].text for frame in evidence.frames if place.text in frame.names]
        found = next((int(text) for text in texts if text.isdecimal()), written)
        if found is not None:
            return found
    return None


def _left(parts: list[ast.expr], numbers: Place) -> Iterator[int | None]:
    """The sizes that an index leaves."""
    for at, number in enumerate(numbers):
        part = parts[at] if at < len(parts) else ast.Slice()
        if isinstance(part, ast.Slice):
            yield number if takes_all(part) else None


def _fits(place: Place, sizes: Place) -> bool:
    """Whether two shapes agree as far as both are known, and in one size at least."""
    pairs = list(zip(place, sizes, strict=False))
    known = [(left, right) for left, right in pairs if left is not None and right is not None]
    return len(place) == len(sizes) and bool(known) and all(left == right for left, right in known)


def _is_counted(index: Span, made: Span) -> bool:
    """Whether loops go through all places: ``for i in range(n)`` for the ``i`` of ``table[i, j]``."""
    call, node = call_of(made), node_at(index)
    given = call.args[0] if call is not None and call.args else None
    names = [ast.unparse(part) for part, _ in index_parts(index)]
    sizes = [ast.unparse(each) for each in given.elts] if isinstance(given, ast.Tuple | ast.List) else []
    loops = {}
    for up in parents(node):
        if isinstance(up, ast.For) and isinstance(up.iter, ast.Call) and last_name(up.iter.func) == "range":
            loops[ast.unparse(up.target)] = ast.unparse(up.iter.args[-1])
    return bool(names) and [loops.get(name) for name in names] == sizes


def _found(call: Span, *, is_sure: bool) -> SizesAsValues | None:
    node = call_of(call)
    if node is None or not node.args:
        return None
    return SizesAsValues(call, piece(call, node.func), piece(call, node.args[0]), is_sure)
