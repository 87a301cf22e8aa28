"""Who else reads a value between where it was made and where it failed, and would be disturbed by a change there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from shapecheck.evidence import Argument, Evidence, Origin
from shapecheck.reading.edits import expression
from shapecheck.reading.handed_on import other_reads
from shapecheck.reading.sources import found_at, imported, names_in, parents
from shapecheck.reading.ways_back import way_of


def is_read_otherwise(evidence: Evidence, item: Argument, way: Sequence[Origin]) -> bool:
    """Whether something reads a value on its way for something else than what failed.

    What reads it together with the other operands wants it as the failing operation does.

    Args:
        evidence: The problem.
        item: The operand that failed.
        way: The origins from the failing operation back to where the change would be made.
    """
    partners = set(_partners(evidence, item))
    places = [each for each in (item.span, *(origin.span for origin in way)) if each is not None]
    for origin in way:
        source, node = found_at(origin.span)
        if source is None or node is None:
            return True
        if isinstance(expression(origin.expression), ast.Attribute):
            # What an object keeps is read by whoever has it.
            return True
        if not origin.expression.isidentifier():
            continue
        for read in other_reads(source, node, origin.expression):
            is_on_way = any(place.holds(source.span(read)) for place in places)
            is_behind = read.lineno > (node.end_lineno or node.lineno)
            if is_behind and not is_on_way and not _is_beside(read, partners):
                return True
    return False


def _partners(evidence: Evidence, item: Argument) -> Iterator[str]:
    """The names by which the other operands go, where they failed and where they were handed in."""
    for operation in (evidence.operation, evidence.inner):
        for other in operation.arguments if operation is not None else ():
            if other.role == item.role or other.span is None or other.span == item.span:
                continue
            for source, node in map(found_at, way_of(evidence, other.span)):
                # A module that both are made with is no operand.
                yield from names_in(node) - (imported(source.tree) if source is not None else set())


def _is_beside(read: ast.Name, partners: set[str]) -> bool:
    """Whether a name is reckoned with or compared together with one of these."""
    for up in parents(read):
        if isinstance(up, ast.stmt):
            return False
        if isinstance(up, ast.Call | ast.Compare | ast.BinOp) and (names_in(up) - {read.id}) & partners:
            return True
    return False
