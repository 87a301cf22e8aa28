"""What would give operands the same shape that spread along each other: which of them lose or gain an axis."""

from __future__ import annotations

from typing import Any

from shapecheck.capture.instruments.operand_edits import with_call
from shapecheck.capture.instruments.pairs import operands, spreads
from shapecheck.capture.recording.replay import Run, Values, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix

_OUTCOME = "each number meets its own"
_MOST = 4


def same_shapes(step: Step, node: Node, pair: tuple[Ref, Ref]) -> tuple[Fix, ...]:
    """Columns without their last axis, or rows with one more, whichever fits what comes behind."""
    lengths = [step.tape.shape(ref) for ref in pair]
    long = 0 if len(lengths[0]) > len(lengths[1]) else 1
    if lengths[long] != (*lengths[1 - long], 1):
        return ()
    if node.index not in step.order:
        # What is read only when all batches are through cannot be run again.
        return (Fix("squeeze(-1)", with_call(node, long, ".squeeze(-1)"), "no"),)
    found = [fix for is_column in (True, False) if (fix := _tried(step, node, is_column)) is not None]
    found.sort(key=lambda fix: (not fix.edits, len(fix.edits)))
    return tuple(found[:1])


def _tried(step: Step, node: Node, is_column: bool) -> Fix | None:
    """All columns squeezed, or all rows unsqueezed, from an operation on until nothing spreads any more."""
    call = ".squeeze(-1)" if is_column else ".unsqueeze(-1)"
    instead: dict[int, Run] = {}
    edits: list[Edit] = []
    behind = [node.index, *descendants(step.tape, {Ref(node.index)}, step.order)]
    values: Values = {}
    for index in behind:
        other = step.node(index)
        pair = operands(other)
        if pair is None:
            continue
        shapes = [tuple(values[ref].shape) if ref in values else step.tape.shape(ref) for ref in pair]
        if not spreads(*shapes):
            continue
        at = int((len(shapes[1]) > len(shapes[0])) is is_column)
        if len(instead) == _MOST or index not in step.order or shapes[at] == shapes[1 - at]:
            return None
        instead[index] = _with(other, at, is_column)
        edit = with_call(other, at, call)
        edits = [*edits, *edit] if edit and (edits or len(instead) == 1) else []
        try:
            values = step.run_with(instead)
        except Exception:
            # It does not fit, so it was not meant.
            return None
    # Two changes of one line would undo each other.
    lines = [edit.line for edit in edits]
    return Fix(call[1:], tuple(edits) if len({*lines}) == len(instead) else (), "call", _OUTCOME)


def _with(node: Node, at: int, is_column: bool) -> Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        given = list(args)
        if at >= len(given):
            raise ValueError("it is given by its name")
        given[at] = given[at].squeeze(-1) if is_column else given[at].unsqueeze(-1)
        return node.function(*given, **kwargs)  # type: ignore[misc]

    return run


__all__ = ["same_shapes"]
