"""The numbers that a script writes where samples are counted: what is drawn, repeated, or cut into batches."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Span
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import Source, last_name, parents

_DRAWN = ("randn", "rand", "zeros", "ones", "empty")
# The place of the sizes among what is told.
_BEHIND = {"randint": (1, 2), "full": (0,)}
_CUT = ("split", "repeat")
_READ_BY = ("batch_size",)


def counts_written(source: Source) -> Iterator[tuple[int, Span]]:
    """Each number that is written where samples are counted, and where: ``randn(4, 1, 40)``, ``x.split(8)``."""
    for call in source.calls(*_DRAWN, *_BEHIND, *_CUT, "arange", "DataLoader"):
        node = _count(call)
        number = whole_number(node)
        if any(isinstance(up, ast.Compare) for up in parents(call)):
            # What is held against lengths counts steps.
            continue
        if node is not None and number is not None and number > 1:
            yield number, source.span(node)


def _count(call: ast.Call) -> ast.expr | None:
    name = last_name(call.func)
    if name == "DataLoader":
        return next((each.value for each in call.keywords if each.arg in _READ_BY), None)
    if name in _CUT or name == "arange":
        # Of a model or an optimizer there is no such method; of a text it is told no number.
        return call.args[0] if call.args and (name == "repeat" or len(call.args) == 1) else None
    if name in _BEHIND:
        given = [call.args[at] for at in _BEHIND[name] if at < len(call.args)]
        given += [each.value for each in call.keywords if each.arg == "size"]
        return next((each.elts[0] for each in given if isinstance(each, ast.Tuple | ast.List) and each.elts), None)
    first = call.args[0] if call.args else None
    return first.elts[0] if isinstance(first, ast.Tuple | ast.List) and first.elts else first
