"""One output that holds several side by side, taken apart into names: in equal parts along its features."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, is_of_torch, told_to, written_axis
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, call_of, expression, piece, suffixed, whole_number, with_keyword
from shapecheck.reading.failing import failed, tensors
from shapecheck.reading.layers.layer_arguments import GIVEN_AT_EACH_PLACE
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import last_name, node_at, statement_of
from shapecheck.reading.ways_back import spans_behind

_COST = 0.05
_ONE_OF_ONE = "the layer may be meant to give one of them, and another layer be missing for the rest"
_OTHER_WIDTH = "the parts may have the size that they were meant to have, and the layer another width"
_OF_SAMPLES = "the samples were put one behind the other, and may be what was to be taken apart again"
_JOINS = ("cat", "concat", "concatenate", "vstack", "row_stack")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``chunk`` behind a tensor that is taken apart into names."""
    operation = failed(evidence, "unpack", "unpack_item")
    item = operation.arguments[0] if operation is not None and operation.arguments else None
    if operation is None:
        return list(_along_features(evidence))
    if item is not None and item.span is not None and call_of(item.span) is not None and item.value.kind == "tuple":
        return list(_other_size(evidence, item))
    names = _names(item.span) if item is not None and item.span is not None else 0
    if item is None or item.span is None or names < 2 or item.value.kind != "tensor" or names in sizes_of(item):
        return []
    return [
        Candidate(change.text, (change,), (), _COST + (0.2 if doubt else 0.0), doubt)
        for axis, against in _axes(evidence, item.span, sizes_of(item), names)
        for doubt in [against or (_OF_SAMPLES if _is_put_together(evidence, item.span, names) else "")]
        for change in [suffixed(item.span, f".chunk({names}, dim={axis})")]
    ]


def _other_size(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """``chunk(3, dim=2)`` for a ``split`` into parts of another size, or into another number of parts, than names."""
    assert item.span is not None
    call, names = call_of(item.span), _names(item.span)
    base, axis = (applied_to(call), written_axis(call, 1)) if call is not None else (None, None)
    at = whole_number(axis)
    sizes = [each.record.shape for each in item.value.items if each.record is not None]
    if call is None or base is None or last_name(call.func) not in ("split", "chunk") or names < 2 or at is None:
        return
    if axis is None or not sizes or not told_to(call) or isinstance(told_to(call)[0], ast.List | ast.Tuple):
        return
    whole = piece(item.span, base)
    for wide, width in _widths(evidence, whole):
        is_so_many, size = _is_so_many_times(evidence, width, names), worked_out(evidence, width)
        is_whole = is_so_many if size is None else size % names == 0
        if is_whole and wide % len(sizes[0]) == at % len(sizes[0]):
            given = f"torch.chunk({whole.text}, {names}" if is_of_torch(call) else f"{whole.text}.chunk({names}"
            text, doubt = f"{given}, dim={ast.unparse(axis)})", "" if is_so_many else _OTHER_WIDTH
            yield Candidate(text, (Change(item.span, text),), (), _COST + (0.2 if doubt else 0.0), doubt)


def _along_features(evidence: Evidence) -> Iterator[Candidate]:
    """``chunk(2, dim=-1)`` for parts that were cut along another axis than the one where a layer has made them."""
    operation, seen = failed(evidence), set[Span]()
    for item in tensors(operation):
        for span in spans_behind(evidence, item.span):
            cut = _cut(span)
            names = _names(span)
            if cut is None or span in seen or _is_put_together(evidence, cut[0], names):
                continue
            seen.add(span)
            base, told, is_size, along = cut
            number = worked_out(evidence, told)
            for axis, width in _widths(evidence, base):
                size = worked_out(evidence, width)
                is_whole = len(sizes_of(item)) > 1 and sizes_of(item)[axis] == size
                given = whole_number(expression(along.text)) if along is not None else 0
                if given is None or given % max(len(sizes_of(item)), 1) == axis % max(len(sizes_of(item)), 1):
                    continue
                change = Change(along, str(axis)) if along is not None else with_keyword(span, "dim", str(axis))
                parts = number if not is_size else names if number and size == number * names else None
                if is_whole and change is not None and size is not None and parts == names > 1 and size % names == 0:
                    doubt = "" if _is_so_many_times(evidence, width, names) else _ONE_OF_ONE
                    yield Candidate(f"dim={axis}", (change,), (), _COST + (0.2 if doubt else 0.0), doubt)


def _cut(span: Span) -> tuple[Span, Span, bool, Span | None] | None:
    """What a call cuts, into how many parts or parts of which size, and along which axis, if that is told."""
    call = call_of(span)
    name = last_name(call.func) if call is not None else ""
    if call is None or name not in ("chunk", "split") or not isinstance(call.func, ast.Attribute):
        return None
    base, axis = applied_to(call), written_axis(call, 1)
    told = argument(span, "chunks" if name == "chunk" else "split_size", int(is_of_torch(call)))
    if told is None or base is None:
        return None
    return piece(span, base), told, name == "split", piece(span, axis) if axis is not None else None


def _is_put_together(evidence: Evidence, span: Span, names: int) -> bool:
    """Whether what the layer was given is a join of as many parts along the samples, or two axes made one of these."""
    call = call_of(span)
    given = piece(span, call.args[0]) if call is not None and call.args else None
    for place in spans_of(evidence, given):
        made = call_of(place)
        name = last_name(made.func) if made is not None else ""
        if made is None:
            continue
        if name == "flatten" and made.args and whole_number(made.args[0]) == 0:
            return True
        if name in _JOINS and made.args and isinstance(made.args[0], ast.List | ast.Tuple):
            axis = written_axis(made)
            return len(made.args[0].elts) == names and (axis is None or whole_number(axis) == 0)
    return False


def _names(span: Span) -> int:
    """Into how many names an expression is taken apart."""
    statement = statement_of(node_at(span))
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    return 0 if any(isinstance(each, ast.Starred) for each in parts) else len(parts)


def _axes(evidence: Evidence, span: Span, sizes: tuple[int, ...], names: int) -> Iterator[tuple[int, str]]:
    """The axis that the layer behind it has made as wide as all of them, and what speaks against it."""
    for axis, width in _widths(evidence, span):
        if -len(sizes) <= axis < len(sizes) and sizes[axis] % names == 0:
            yield axis, "" if _is_so_many_times(evidence, width, names) else _ONE_OF_ONE


def _widths(evidence: Evidence, span: Span) -> Iterator[tuple[int, Span]]:
    """The axis of the features of what the layer behind an expression gives, and where their number is written."""
    for made in _layers(evidence, span):
        call = call_of(made)
        kind = last_name(call.func) if call is not None else ""
        if kind not in GIVEN_AT_EACH_PLACE:
            continue
        name, place, axis = GIVEN_AT_EACH_PLACE[kind]
        width = argument(made, name, place)
        if width is not None:
            yield axis, width
        return


def _layers(evidence: Evidence, span: Span) -> Iterator[Span]:
    """The making of the layer that an expression is the output of; of several in a row the last."""
    for place in spans_of(evidence, span):
        call = call_of(place)
        for origin in trace(evidence, piece(place, call.func)) if call is not None else ():
            made = call_of(origin.span)
            if made is None:
                continue
            if last_name(made.func) == "Sequential" and made.args:
                last = made.args[-1]
                yield piece(origin.span, last)
            else:
                yield origin.span


def _is_so_many_times(evidence: Evidence, width: Span, names: int) -> bool:
    """Whether a width is written as so many times another: ``2 * size``."""
    for place in spans_of(evidence, width):
        node = expression(place.text)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            return names in (whole_number(node.left), whole_number(node.right))
    return False
