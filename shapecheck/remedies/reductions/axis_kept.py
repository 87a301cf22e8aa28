"""A reduction that keeps the axis which an operand lacks: keepdim=True."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.reductions import REDUCTIONS
from shapecheck.reading.sources import found_at, last_name, source_of, walk
from shapecheck.reading.where_made import made_or_written


def axis_kept(evidence: Evidence, item: Argument, *, cost: float, name: str = "keepdim") -> Iterator[Candidate]:
    """``keepdim=True``, or what numpy calls it, for a reduction that dropped the axis which an operand lacks."""
    spans = [*(origin.span for origin in made_or_written(evidence, item)), *_largest(item)]
    for span in dict.fromkeys(spans):
        source, root = found_at(span)
        if source is None or root is None:
            continue
        for node in walk(root):
            if not isinstance(node, ast.Call) or last_name(node.func) not in REDUCTIONS:
                continue
            words = {each.arg for each in node.keywords}
            is_function = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) in ("torch", "np")
            if not words & {"dim", "axis"} and len(node.args) < 1 + is_function:
                # Without an axis everything goes, which no keepdim would mend.
                continue
            change = with_keyword(source.span(node), name, "True") if name not in words else None
            if change is not None:
                yield Candidate(
                    f"{name}=True", (change,), _put_back(item, node), cost, cause="axis_dropped_by_reduction"
                )


def _largest(item: Argument) -> Iterator[Span]:
    """What gives a name the largest with its place beside it: ``values, at = x.max(1)``."""
    source = source_of(item.span.file) if item.span is not None else None
    for node in walk(source.tree) if source is not None and item.span is not None else ():
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        first = target.elts[0] if isinstance(target, ast.Tuple) and target.elts else None
        is_given = isinstance(first, ast.Name) and item.span is not None and first.id == item.span.text
        if is_given and source is not None and isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            yield source.span(node.value)


def _put_back(item: Argument, call: ast.Call) -> tuple[Step, ...]:
    """The same as a trial, where the axis stands there as a number."""
    given = [*call.args, *(each.value for each in call.keywords if each.arg in ("dim", "axis"))]
    try:
        axis = ast.literal_eval(given[-1])
    except ValueError:
        return ()
    is_known = item.value.record is not None and type(axis) is int
    return (Step("unsqueeze", item.role, (axis,)),) if is_known else ()
