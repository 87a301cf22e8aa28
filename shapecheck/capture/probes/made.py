"""Where a layer was made: its parameters were filled there, which is on the tape if that began early enough."""

from __future__ import annotations

from shapecheck.capture.probes.constructors import constructor_of
from shapecheck.capture.probes.step import Step
from shapecheck.capture.probes.tape import Node, Ref
from shapecheck.evidence import Span


def made_at(step: Step, node: Node) -> Span | None:
    """The constructor's call of the module that a node lies in; None if it cannot be told."""
    if node.module is None or node.spot is None:
        return None
    own = {id(parameter) for parameter in node.module.parameters(recurse=False)}
    refs = {ref for key, (alive, ref) in step.tape._known.items() if key in own and id(alive()) == key}
    for index in range(min((ref.node for ref in refs), default=step.first), step.first):
        filled = step.node(index)
        if filled.spot is not None and filled.kwargs.get("tensor") in refs and isinstance(filled.kwargs["tensor"], Ref):
            return filled.spot.span
    call = constructor_of(node)
    if call is None:
        return None
    file = node.spot.code.co_filename
    end_line, end_column = call.end_lineno or call.lineno, call.end_col_offset or 0
    return Span(file, call.lineno, call.col_offset, end_line, end_column)


__all__ = ["made_at"]
