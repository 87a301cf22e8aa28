"""Numbers picked by a mask and laid out in rows again, of which each row has another count: left in their rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Value
from shapecheck.reading.applied import is_of_torch, written_axis
from shapecheck.reading.edits import bracketed, whole_number
from shapecheck.reading.failing import failed
from shapecheck.reading.handed_on import other_reads
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.sizes.sizes_told import asked_sizes, number_of
from shapecheck.reading.sources import Source, found_at, last_name, target_of

_COST = 0.05
# What each reduction of a row is to find where nothing was picked.
_FILLS = {
    **dict.fromkeys(("max", "amax", "logsumexp"), 'float("-inf")'),
    **dict.fromkeys(("min", "amin"), 'float("inf")'),
    **dict.fromkeys(("sum", "nansum"), "0"),
}
_EMPTY = "a row of which nothing is picked has no such number"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``d.masked_fill(~same, float("-inf")).max(1)`` for ``d[same].view(len(d), -1).max(1)``."""
    operation = failed(evidence, "view", "reshape")
    source, node = found_at(operation.span) if operation is not None else (None, None)
    if operation is None or source is None or not isinstance(node, ast.Call):
        return []
    return list(_in_their_rows(evidence, source, operation, node))


def _in_their_rows(evidence: Evidence, source: Source, operation: Operation, view: ast.Call) -> Iterator[Candidate]:
    picked = _picked(view)
    frame = evidence.user_frame
    if picked is None or frame is None or len(view.args) != 2 or whole_number(view.args[1]) != -1:
        return
    rows = [number_of(each) for each in asked_sizes(operation)]
    base, mask = picked
    given, told = (frame.names.get(ast.unparse(each)) for each in picked)
    sizes = given.record.shape if given is not None and given.record is not None else ()
    # A mask that has no name is one of comparisons.
    is_mask = isinstance(mask, ast.Compare) if told is None else _is_mask(told, sizes)
    fills = {_FILLS.get(last_name(each.func), "") for each in _reductions(source, view)}
    if len(sizes) != 2 or rows[:1] != [sizes[0]] or not is_mask or len(fills) != 1 or fills == {""}:
        return
    span = source.span(view)
    without = f"~{bracketed(ast.unparse(mask))}"
    text = f"{bracketed(ast.unparse(base))}.masked_fill({without}, {fills.pop()})"
    is_empty = told is not None and told.facts.get("row_sum_min") == 0 and "inf" in text
    yield Candidate(text, (Change(span, text),), (), _COST, _EMPTY if is_empty else "")


def _picked(view: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """What is picked from and by what, in ``d[mask].view(...)`` and ``torch.masked_select(d, mask).view(...)``."""
    node = view.func.value if isinstance(view.func, ast.Attribute) else view
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "contiguous":
        node = node.func.value
    if isinstance(node, ast.Subscript):
        return node.value, node.slice
    if isinstance(node, ast.Call) and last_name(node.func) == "masked_select" and isinstance(node.func, ast.Attribute):
        parts = node.args if is_of_torch(node) else [node.func.value, *node.args]
        return (parts[0], parts[1]) if len(parts) == 2 else None
    return None


def _is_mask(told: Value, sizes: tuple[int, ...]) -> bool:
    return dtype_of(told) == "bool" and sizes_of(told) == sizes


def _reductions(source: Source, view: ast.Call) -> Iterator[ast.Call]:
    """What each row is reduced by: behind the view, or wherever the name is read that it is given; else the view."""
    target = target_of(view)
    reads = other_reads(source, view, target.id) if isinstance(target, ast.Name) else [view]
    for read in reads:
        yield _reduction(read) or view


def _reduction(read: ast.expr) -> ast.Call | None:
    """The call that reduces an expression along its last axis of two."""
    up = getattr(read, "parent", None)
    is_method = isinstance(up, ast.Attribute)
    call: ast.AST | None = getattr(up, "parent", None) if is_method else up
    if not isinstance(call, ast.Call) or (is_method and call.func is not up):
        return None
    axis = written_axis(call, int(not is_method and not is_of_torch(call)))
    return call if whole_number(axis) in (1, -1) else None
