"""In which order the rows of a prediction were merged: step by step or sample by sample."""

from __future__ import annotations

import ast

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import Shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import user_sources

_MERGES = ("view", "reshape", "flatten")
_EXCHANGES = {
    "transpose": (["0", "1"], ["1", "0"]),
    "swapaxes": (["0", "1"], ["1", "0"]),
    "permute": (["1", "0", "2"],),
}


def merged_order(evidence: Evidence, merged: Argument) -> Shape | None:
    """The sizes of the two axes that were merged to the rows of a tensor, the outer one first.

    The last layer that gave a tensor of two such axes tells them; where these were exchanged just before they were
    merged, they lie the other way round.

    Args:
        evidence: The problem.
        merged: A tensor whose first axis holds a row for each step.

    Returns:
        None where nothing tells.
    """
    rows = sizes_of(merged)[:1]
    laid = [
        record.shape[:2]
        for entry in (evidence.trace or ())
        for record in entry.call.outputs
        if len(record.shape) > 2 and (record.shape[0] * record.shape[1],) == rows and 1 not in record.shape[:2]
    ]
    orders = {_is_exchanged(evidence, base) for base in _merged(evidence, merged)}
    if not laid or len(orders) != 1:
        return None
    return laid[-1][::-1] if orders.pop() else laid[-1]


def samples_lead(evidence: Evidence, merged: Argument, sizes: Shape) -> bool | None:
    """Whether what was merged has the first of two sizes along its first axis, and not the second.

    Args:
        evidence: The problem.
        merged: A tensor with a row for each step.
        sizes: The sizes of the two axes, as they lie in another tensor.

    Returns:
        None where nothing that still is there tells.
    """
    base = next(iter(_merged(evidence, merged)), None)
    frame = evidence.user_frame
    if base is None or frame is None or sizes[0] == sizes[1]:
        return None
    node = expression(base.text)
    while isinstance(node, ast.Subscript):
        node = node.value
    held = frame.names.get(ast.unparse(node)) if isinstance(node, ast.Name) else None
    first = held.record.shape[:1] if held is not None and held.record is not None else ()
    return first == sizes[:1] if first in (sizes[:1], sizes[1:2]) else None


def _merged(evidence: Evidence, merged: Argument) -> list[Span]:
    """What was merged: on the way to a tensor, else wherever the script merges two first axes."""
    if merged.span is not None:
        spans = (merged.span, *(each.span for each in trace(evidence, merged.span)))
        found = [base for span in spans if (base := _base(span)) is not None]
        if found:
            return found[:1]
    calls = (source.span(call) for source in user_sources(evidence) for call in source.calls(*_MERGES))
    return [base for span in calls if (base := _base(span)) is not None]


def _base(span: Span) -> Span | None:
    """``x`` of ``x.view(-1, n)``, ``x.reshape(b * t, n)``, ``x.flatten()``, also where methods follow."""
    node = expression(span.text)
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if _is_merge(node.func.attr, [ast.unparse(each) for each in node.args]):
            return piece(span, node.func.value)
        node = node.func.value
    return None


def _is_merge(method: str, sizes: list[str]) -> bool:
    if method == "flatten":
        return sizes in ([], ["0", "1"])
    return method in _MERGES and len(sizes) in (1, 2) and (sizes[0] == "-1" or "*" in sizes[0])


def _is_exchanged(evidence: Evidence, base: Span) -> bool:
    """Whether the two first axes of what is merged were exchanged just before, here or where its name was set."""
    node = expression(base.text)
    if isinstance(node, ast.Name):
        origins = trace(evidence, base)
        node = expression(origins[0].span.text) if origins else None
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if [ast.unparse(each) for each in node.args] in _EXCHANGES.get(node.func.attr, ()):
            return True
        node = node.func.value
    return False
