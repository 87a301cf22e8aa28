"""Sizes and axes as a call was told them: ``view(2, n)``, ``view((2, n))``, ``permute(*order)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Argument, Operation, Value
from shapecheck.reading.edits import expression, piece

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


def number_of(item: Argument) -> int | None:
    """The whole number that an argument is, None where it is none."""
    text = item.value.text
    return int(text) if text.lstrip("-").isdecimal() else None
