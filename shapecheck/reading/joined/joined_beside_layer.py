"""Whether the class that makes a layer also puts side by side what the layer reads."""

from __future__ import annotations

from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.failing import number
from shapecheck.reading.joined.joins import joins, place_of_input
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import class_around, node_at


def is_joined_beside(evidence: Evidence, operation: Operation, given: Span, count: int) -> bool:
    """Whether a layer reads so many parts, as wide as it was told each, that a method of its own class has joined.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        given: What the layer was told, in the constructor of the class.
        count: How many times as wide what came is.
    """
    place, owner = place_of_input(evidence, operation), class_around(node_at(given))
    if place is None or owner is None:
        return False
    for join in joins(evidence, place, only_whole=True):
        is_its_own = class_around(node_at(join.span)) is owner
        if is_its_own and len(join.parts) == count and all(_is_as_wide(evidence, operation, x) for x in join.parts):
            return True
    return False


def _is_as_wide(evidence: Evidence, operation: Operation, part: Span) -> bool:
    """Whether a part is not known to have another width than the layer was told; maps have theirs along axis 1."""
    held = evidence.held.get(part.text)
    sizes = sizes_of(held) if held is not None else ()
    told = {number(operation, name) for name in ("in_features", "in_channels", "input_size")} - {0}
    return not sizes or bool(told & {sizes[-1], *sizes[1:2]})
