"""Along which axis a result of a layer was seen to have a single item."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence
from shapecheck.reading.origins import kind_of, spans_of
from shapecheck.reading.sources import Source, found_at, last_name, receivers
from shapecheck.records import CallRecord


def axis_seen(evidence: Evidence, source: Source, base: ast.expr) -> str:
    """The one axis of one, behind that of the samples, of what the layer gave that an expression was made by.

    Args:
        evidence: The problem.
        source: The file of the expression.
        base: The expression, with methods behind the call of the layer that keep the axes.

    Returns:
        The axis as text; nothing where none is seen, or not one alone.
    """
    for span in spans_of(evidence, source.span(base), through=True, parts=True):
        home, node = found_at(span)
        for call in receivers(node) if home is not None and node is not None else ():
            if not isinstance(call, ast.Call) or home is None:
                continue
            kind = kind_of(evidence, home.span(call.func))
            seen = [entry.call for entry in evidence.trace or () if _is_made_by(entry.call, call.func, kind)]
            shapes = [record.shape for each in seen for record in each.outputs]
            if seen and any(record.shape[:1] not in ((), (1,)) for record in seen[-1].outputs[:1]):
                # It was no batch of one that was given last, so that axis is what should not have been dropped.
                continue
            axes = {axis for shape in shapes for axis, size in enumerate(shape) if axis and size == 1}
            if len(axes) == 1:
                return str(axes.pop())
    return ""


def _is_made_by(call: CallRecord, called: ast.expr, kind: str) -> bool:
    """Whether a call that was seen is one of a layer: by its path in the model, or that of the model by its class."""
    if isinstance(called, ast.Attribute) and call.module.rpartition(".")[2] == called.attr:
        return True
    return not call.module and bool(last_name(called)) and call.type == kind
