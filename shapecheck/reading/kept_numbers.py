"""The number that a constructor was given, where its object has kept it, ``self.hidden = hidden``, and still runs."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.sources import (
    class_around,
    found_at,
    function_around,
    is_named,
    is_own,
    parameters,
    walk,
)


def number_kept(evidence: Evidence, span: Span) -> int | None:
    """What a parameter of a constructor was, by the attribute of the object in whose method the script crashed.

    Args:
        evidence: The problem.
        span: The name of the parameter.

    Returns:
        The number; None where the name is given another value, or is kept nowhere, or no such object runs.
    """
    _, node = found_at(span)
    function, owner = function_around(node), class_around(node)
    if not isinstance(node, ast.Name) or function is None or owner is None or function.name != "__init__":
        return None
    if node.id not in parameters(function) or node.id in stored_in(function):
        return None
    pairs = [pair for each in walk(function) for pair in values_given(each)]
    kept = [f"self.{target.attr}" for target, value in pairs if is_own(target) and is_named(value, node.id)]
    for frame in reversed(evidence.frames):
        held = frame.names.get("self")
        if not frame.is_user or held is None or held.type != owner.name:
            continue
        numbers = [frame.names[each].text for each in kept if each in frame.names]
        return int(numbers[0]) if numbers and numbers[0].isdecimal() else None
    return None
