"""Whether a recurrent layer takes the axes as the script means them, where its state was made for the other ones."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import shape
from shapecheck.reading.sources import Source, home_around, is_own, items_of, parameters, receivers, user_sources, walk
from shapecheck.reading.steps.cut_by_steps import is_cut_by_steps
from shapecheck.reading.steps.layouts import is_turned_for_steps, pads_batch_first, reads_steps_first


def layout_is_meant(evidence: Evidence, operation: Operation) -> bool | None:
    """Whether the axis that a layer takes for the samples is theirs, by what the script does with them elsewhere.

    Args:
        evidence: The problem.
        operation: The call of the layer.

    Returns:
        True where the labels have as many rows, or the output is read, or the input padded, turned or cut so; False
        where they say that the other axis holds the samples; None where nothing tells.
    """
    is_first = bool(operation.config.get("batch_first"))
    rows, leads = _rows_told(evidence, operation), reads_steps_first(operation)
    if rows:
        sizes = shape(operation, "input") or ()
        return rows == sizes[0 if is_first else 1]
    if leads is not None:
        return leads is not is_first
    if any(_takes_last_step(source) for source in user_sources(evidence)):
        return is_first
    is_so = pads_batch_first(evidence) is is_first or is_turned_for_steps(evidence, operation)
    return True if is_so or (not is_first and is_cut_by_steps(evidence, operation)) else None


def _rows_told(evidence: Evidence, operation: Operation) -> int:
    """The batch size by the labels that the callers hold: one number a sample; 0 where they do not decide."""
    sizes = shape(operation, "input")
    if sizes is None or len(sizes) != 3:
        return 0
    callers = [frame for frame in evidence.frames if frame.is_user][:-1]
    held = [value.record for frame in callers for value in frame.names.values() if value.kind == "tensor"]
    counts = {record.shape[0] for record in held if record is not None and len(record.shape) == 1}
    fitting = counts & set(sizes[:2])
    return fitting.pop() if len(fitting) == 1 else 0


def _takes_last_step(source: Source) -> bool:
    """Whether the last step is taken, ``out[:, -1]``, of what a layer or a function of the script's may have given."""
    for node in walk(source.tree):
        parts = items_of(node.slice) if isinstance(node, ast.Subscript) else []
        if isinstance(node, ast.Subscript) and len(parts) > 1 and takes_all(parts[0]) and whole_number(parts[1]) == -1:
            home = home_around(node)
            name = next((each.id for each in receivers(node.value) if isinstance(each, ast.Name)), "")
            made = [each.value for each in walk(home) if isinstance(each, ast.Assign) and name in stored_in(each)]
            called = [each.func for value in made or [node.value] for each in walk(value) if isinstance(each, ast.Call)]
            if any(isinstance(each, ast.Name | ast.Subscript) or is_own(each) for each in called):
                return True
            if isinstance(home, ast.FunctionDef) and name in parameters(home):
                return True
    return False
