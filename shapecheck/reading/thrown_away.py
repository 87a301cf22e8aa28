"""What a layer of the script worked out, and nothing would read any more after a change."""

from __future__ import annotations

import ast

from shapecheck.evidence import Span
from shapecheck.reading.sources import function_around, last_name, names_in, node_at, parents, walk

THROWN_AWAY = "what the script works out for this place would be read nowhere"
_TORCH = ("torch", "F", "nn", "functional")


def throws_away(place: Span, new: str) -> bool:
    """Whether another name for an expression leaves what a layer gave without a reader.

    Args:
        place: The expression.
        new: The name that would stand there.
    """
    node = node_at(place)
    if node is None:
        return False
    function = function_around(node)
    scope = function if function is not None else list(parents(node))[-1]
    # What only gives a name its next value reads it for that name.
    again = (each for each in walk(scope) if isinstance(each, ast.Assign) and names_in(*each.targets) & names_in(node))
    inside = {id(part) for each in (node, *(line.value for line in again)) for part in walk(each)}
    read = {
        each.id
        for each in walk(scope)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load) and id(each) not in inside
    }
    lost = names_in(node) - read - {new}
    made = (each for each in walk(scope) if isinstance(each, ast.Assign))
    return any(last_name(each.targets[0]) in lost and _is_of_layer(each.value, new) for each in made)


def _is_of_layer(value: ast.expr, new: str) -> bool:
    """Whether a value is what a layer or function of the script gives: not another form of the new name."""
    if not isinstance(value, ast.Call):
        return False
    return not names_in(value.func) & {new, *_TORCH}
