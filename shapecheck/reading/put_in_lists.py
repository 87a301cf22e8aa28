"""What was put, one after the other, to the lists that a line reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.sources import Source


def put_in_lists(source: Source, nodes: list[ast.AST]) -> Iterator[ast.expr]:
    """``step(x)`` of ``losses.append(step(x))``, where the line reads ``losses``.

    Args:
        source: The file.
        nodes: What stands in the line.
    """
    read = {each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
    for call in source.calls("append"):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id in read and len(call.args) == 1:
            yield call.args[0]
