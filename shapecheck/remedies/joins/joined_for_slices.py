"""Tensors of several shapes joined to a row that is cut again, ``row[at:at + n].view(a, b)``: each laid flat first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.failing import failed, tensors, value
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import Source, found_at, function_around, home_around, is_named, last_name, walk

CAUSE = "joined_sizes_differ"
_COST = 0.03
_TURNED = "the parts have the same sizes in another order, and one of them may have been meant to be turned"


def candidates(evidence: Evidence) -> Iterator[Candidate]:
    """``torch.cat([each.flatten() for each in masks])``, where what reads the row lays each part out again."""
    operation = failed(evidence, "cat", "concat", "concatenate")
    whole = operation.argument("tensors") if operation is not None else None
    if operation is None or whole is None or whole.span is None or operation.span is None:
        return
    told = value(operation, "dim", "axis")
    parts = [sizes_of(item) for item in tensors(operation) if item.role != "tensors"]
    (source, node), (_, given) = found_at(operation.span), found_at(whole.span)
    if source is None or node is None or len({*parts}) < 2 or min(map(len, parts)) < 2 or _fit_beside(parts):
        return
    if (told is not None and told.text != "0") or not isinstance(given, ast.Name) or given.id == "each":
        return
    if any(_is_cut_and_laid(source, name) for name in _names_of(source, node)):
        text = f"[each.flatten() for each in {given.id}]"
        yield Candidate(
            text,
            (Change(whole.span, text),),
            (),
            _COST,
            _TURNED if len({tuple(sorted(each)) for each in parts}) == 1 else "",
        )


def _fit_beside(parts: list[tuple[int, ...]]) -> bool:
    """Whether the parts could be joined along another axis, the one in which they differ."""
    is_alike = len({*map(len, parts)}) == 1
    return is_alike and any(
        len({(*each[:axis], *each[axis + 1 :]) for each in parts}) == 1 for axis in range(len(parts[0]))
    )


def _names_of(source: Source, node: ast.expr) -> Iterator[ast.Name]:
    """The names that are given what an expression makes, in its function, or where that is called which returns it."""
    function = function_around(node)
    is_returned = isinstance(getattr(node, "parent", None), ast.Return)
    for line in walk(source.tree):
        for target, made in values_given(line):
            is_called = isinstance(made, ast.Call) and function is not None and last_name(made.func) == function.name
            if isinstance(target, ast.Name) and (made is node or (is_returned and is_called)):
                yield target


def _is_cut_and_laid(source: Source, name: ast.Name) -> bool:
    """Whether a stretch of what a name holds is taken and told its shape."""
    for node in walk(home_around(name) or source.tree):
        if isinstance(node, ast.Subscript) and is_named(node.value, name.id) and isinstance(node.slice, ast.Slice):
            up = getattr(node, "parent", None)
            if isinstance(up, ast.Attribute) and up.attr in ("view", "reshape", "unflatten", "view_as"):
                return True
    return False
