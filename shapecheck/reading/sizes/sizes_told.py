"""Sizes and axes as a call was told them: ``view(2, n)``, ``view((2, n))``, ``permute(*order)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.evidence import Argument, Evidence, Operation, Span, Value
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.origins import trace

_ROWS = ("tuple", "list")


def asked_sizes(operation: Operation) -> list[Argument]:
    """The sizes as they were written: ``view(2, n)`` or ``view((2, n))``; each of a spread tuple, ``*grid``."""
    found = [item for item in operation.arguments if item.role.startswith(("shape[", "size[", "dims[", "dim["))]
    if found:
        return [each for item in found for each in (_each_of(item) if item.value.kind in _ROWS else [item])]
    single = next((item for item in operation.arguments if item.role in ("shape", "size", "dims", "dim")), None)
    if single is None or single.span is None:
        return []
    node = expression(single.span.text)
    if isinstance(node, ast.Tuple | ast.List):
        texts = [piece(single.span, part) for part in node.elts]
        values = single.value.items or (single.value,) * len(texts)
        return [Argument(f"shape[{at}]", values[at], text) for at, text in enumerate(texts) if at < len(values)]
    return list(_each_of(single)) if single.value.kind in _ROWS else [single]


def _each_of(item: Argument) -> Iterator[Argument]:
    """The numbers of a tuple, which stand nowhere by themselves."""
    node = expression(item.value.text)
    for at, part in enumerate(node.elts if isinstance(node, ast.Tuple | ast.List) else []):
        yield Argument(f"{item.role}[{at}]", Value("number", "int", text=ast.unparse(part)))


def sizes_written(evidence: Evidence, operation: Operation) -> list[Argument]:
    """The same, also where a name stands for all of them: each has its place in the row that the name was given.

    Of what is spread there, ``[n, wide, *grid]``, no number stands anywhere by itself.
    """
    asked = asked_sizes(operation)
    whole = next((item for item in operation.arguments if item.role in ("shape", "size")), None)
    if whole is None or whole.span is None or any(each.span is not None for each in asked):
        return asked
    spans = (whole.span, *(each.span for each in trace(evidence, whole.span)[:1]))
    rows = [(span, list(_parts(expression(span.text)))) for span in spans]
    made, row = next(((span, row) for span, row in rows if len(row) > 1), (whole.span, []))
    spread = [at for at, part in enumerate(row) if isinstance(part, ast.Starred)]
    more = len(asked) - len(row)
    if not row or len(spread) > 1 or (more and not spread):
        return asked
    places: list[Span | None] = [piece(made, part) for part in row]
    for at in spread:
        places[at : at + 1] = [None] * (more + 1)
    return [replace(each, span=place) for each, place in zip(asked, places, strict=True)]


def _parts(node: ast.AST | None) -> Iterator[ast.expr]:
    """The items of a row that is written there, ``[n, wide] + grid``; what is added as a whole counts as spread."""
    if isinstance(node, ast.Tuple | ast.List):
        yield from node.elts
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for side in (node.left, node.right):
            found = list(_parts(side))
            yield from found or [ast.copy_location(ast.Starred(side, ast.Load()), side)]


def number_of(item: Argument) -> int | None:
    """The whole number that an argument is, None where it is none."""
    text = item.value.text
    return int(text) if text.lstrip("-").isdecimal() else None
