"""Finds the layers that a class makes and never calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.reading.assignments import values_given
from shapecheck.reading.sources import last_name, walk


def idle_layers(
    owner: ast.ClassDef, kind: str = "Linear", home: ast.AST | None = None
) -> Iterator[tuple[str, ast.Call]]:
    """Layers of a kind that the class assigns and never reads, or does not read in one of its methods."""
    attributes = [node for node in walk(home or owner) if isinstance(node, ast.Attribute)]
    read = {node.attr for node in attributes if isinstance(node.ctx, ast.Load)}
    for line in walk(owner):
        for target, value in values_given(line):
            is_own = isinstance(target, ast.Attribute) and target.attr not in read
            if is_own and isinstance(value, ast.Call) and last_name(value.func) == kind:
                yield target.attr, value  # type: ignore[attr-defined]
