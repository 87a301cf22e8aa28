"""A sum, a mean or an argmax along one axis, where another was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import Shape
from shapecheck.reading.mismatches import sizes_of, without_axis
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at
from shapecheck.reading.where_made import made_or_written


def other_axis_reduced(evidence: Evidence, item: Argument, *, cost: float, wanted: Shape) -> Iterator[Candidate]:
    """The other axes with which what is left would meet sizes, as far as it is known what is reduced."""
    for origin in made_or_written(evidence, item):
        node = expression(origin.span.text)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if node.func.attr not in ("argmax", "argmin", "max", "min", "mean", "sum", "median"):
            continue
        given = [*node.args, *(each.value for each in node.keywords if each.arg in ("dim", "axis"))]
        for part in given[-1:]:
            if isinstance(part, ast.Constant) and type(part.value) is int:
                span = piece(origin.span, part)
                whole = _whole(evidence, origin.span, sizes_of(item), part.value)
                for new in ("1", "0", "2", "-1"):
                    if new != span.text and (not whole or _meets(whole, int(new), wanted)):
                        yield Candidate(
                            f"dim {span.text} -> {new}",
                            (Change(span, new),),
                            (),
                            cost,
                            cause="reduced_along_other_axis",
                        )


def _whole(evidence: Evidence, call: Span, left: Shape, axis: int) -> Shape:
    """The sizes of what a call reduces; none where it is not known that it leaves these of them."""
    source, node = found_at(call)
    base = applied_to(node) if isinstance(node, ast.Call) else None
    whole = sizes_of(held_around(evidence, source, base).get(ast.unparse(base))) if base is not None else ()
    is_it = -len(whole) <= axis < len(whole) and without_axis(whole, axis) == left
    return whole if is_it else ()


def _meets(whole: Shape, axis: int, wanted: Shape) -> bool:
    if axis >= len(whole):
        return False
    pairs = zip(reversed(without_axis(whole, axis)), reversed(wanted), strict=False)
    return all(one == other or 1 in (one, other) for one, other in pairs)
