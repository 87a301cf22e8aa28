"""Whether a recurrent layer takes the axes as the script means them, where its state was made for the other ones."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import takes_all, whole_number
from shapecheck.reading.failing import operand, shape
from shapecheck.reading.samples.counts_named import axis_named_for_samples
from shapecheck.reading.samples.filtered_rows import are_rows_filtered
from shapecheck.reading.samples.made_by_convolutions import is_made_by_convolutions
from shapecheck.reading.sources import Source, home_around, is_own, items_of, parameters, receivers, user_sources, walk
from shapecheck.reading.steps.cut_by_steps import is_cut_by_steps
from shapecheck.reading.steps.layouts import is_turned_for_steps, pads_batch_first, reads_steps_first


def layout_is_meant(evidence: Evidence, operation: Operation) -> bool | None:
    """Whether the axis that a layer takes for the samples is theirs, by what the script does with them elsewhere.

    Args:
        evidence: The problem.
        operation: The call of the layer.

    Returns:
        True where the labels have as many rows, or the output is read, or the input padded, turned or cut so, or the
        layer is told in so many words that the samples lie first; False where these, or the number that the script
        writes for its samples, or convolutions in front, say that the other axis holds the samples; None where nothing
        tells.
    """
    shown = layout_is_shown(evidence, operation)
    # Nobody says of a layer that the samples lie first without meaning it: what only fits by its size weighs less.
    return True if shown is None and operation.config.get("batch_first") else shown


def layout_is_shown(evidence: Evidence, operation: Operation) -> bool | None:
    """The same, by anything else than what the layer itself is told."""
    is_first = bool(operation.config.get("batch_first"))
    item = operand(operation, "input")
    place = item.span if item is not None else None
    if is_made_by_convolutions(evidence, place):
        return is_first
    # Where some were left out, the labels of all of them are more than came.
    rows = 0 if are_rows_filtered(evidence, place) else _rows_told(evidence, operation)
    leads = reads_steps_first(operation)
    if rows:
        sizes = shape(operation, "input") or ()
        return rows == sizes[0 if is_first else 1]
    if leads is not None:
        return leads is not is_first
    samples = axis_named_for_samples(evidence, shape(operation, "input") or ())
    if samples is not None and (samples == 0 or not is_first):
        # A last batch may have any number of samples, and as many steps as a full one has samples.
        return (samples == 0) is is_first
    if any(_takes_last_step(source) for source in user_sources(evidence)):
        return is_first
    is_so = pads_batch_first(evidence) is is_first or is_turned_for_steps(evidence, operation)
    return True if is_so or is_cut_by_steps(evidence, operation) else None


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
