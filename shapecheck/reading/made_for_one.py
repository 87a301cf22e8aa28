"""Where a value was made that has one reader only: who changes its numbers there changes them for nobody else."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.calls import calls_in
from shapecheck.reading.handed_on import CONVERTS, base_of, is_kept_for_one, other_reads
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, found_at, function_around, last_name

# How many expressions may lie around a tensor of one sample.
MAX_STEPS = 4


@dataclass(frozen=True, slots=True)
class Making:
    """A place at which a value was made.

    Args:
        span: The expression that made it.
        name: What it is assigned to.
        is_tensor: Whether it is a tensor for sure, which neither an object keeps nor a function of torch has converted.
    """

    span: Span
    name: str
    is_tensor: bool


def made_for_one(evidence: Evidence, place: Span) -> Making | None:
    """The farthest place at which the numbers of an expression were made for this reader alone; None if there is none.

    Args:
        evidence: The problem.
        place: The expression where it is read.
    """
    source, node = found_at(place)
    found, is_tensor = None, True
    for _ in range(MAX_STEPS):
        base = base_of(node) if node is not None else None
        if source is None or base is None or node is None or not _is_only_reader(source, node, base):
            return found
        is_tensor = is_tensor and isinstance(base, ast.Name) and not _converts(node)
        origin = next(iter(trace(evidence, source.span(base))), None)
        source, node = found_at(origin.span if origin is not None else None)
        if origin is None or node is None or not _is_assigned(node):
            return found
        if isinstance(base, ast.Name) and function_around(node) is not function_around(base):
            # Who hands it in may read it for something else.
            return found
        found = Making(origin.span, origin.expression, is_tensor)
    return found


def _is_only_reader(source: Source, node: ast.expr, base: ast.expr) -> bool:
    if isinstance(base, ast.Name):
        return function_around(base) is not None and not other_reads(source, node, base.id)
    return isinstance(base, ast.Attribute) and is_kept_for_one(source, base)


def _converts(node: ast.expr) -> bool:
    calls = calls_in(node)
    return any(last_name(each.func) in CONVERTS for each in calls)


def _is_assigned(node: ast.expr) -> bool:
    """Whether an expression is what one name or attribute is given, alone or as an item of a tuple."""
    up = getattr(node, "parent", None)
    up = getattr(up, "parent", None) if isinstance(up, ast.Tuple) else up
    return isinstance(up, ast.Assign) and len(up.targets) == 1
