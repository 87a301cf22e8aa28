"""Tells one sample that came without its axis of samples, by the norm, the layer or the index that refused it."""

from __future__ import annotations

import ast
from math import prod

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, index_parts, piece, takes_all, whole_number
from shapecheck.reading.failing import NORMS, RECURRENT, failed, kind, number, operand, says, shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.recurrent.batch_first import told_batch_first
from shapecheck.reading.samples.axes_of_samples import is_of_samples
from shapecheck.reading.sources import items_of, last_name, user_sources


def axes_of_sample(evidence: Evidence) -> int:
    """Along how many axes the places of a sample lie, where all that came is one sample; else 0."""
    if _is_sequence(evidence) or _is_column_of_sequence(evidence):
        return 1
    operation = failed(evidence, "Linear", *NORMS)
    sizes = shape(operation, "input")
    if operation is None or sizes is None:
        return 0
    name = kind(operation)
    if name == "Linear":
        want = number(operation, "in_features")
        axes = {each for source in user_sources(evidence) for each in (1, 2, 3) if list(source.calls(f"Conv{each}d"))}
        is_one = len(sizes) == 2 and sizes[-1] != want and prod(sizes) == want and not is_of_samples(evidence, sizes)
        return axes.pop() if is_one and len(axes) == 1 else 0
    axis = int(name[-2]) if name[-2].isdecimal() else 0
    channels = number(operation, "num_features") or number(operation, "num_channels")
    # For one axis of places the norm takes (samples, channels) as well.
    return axis if axis > 1 and len(sizes) == axis + 1 and sizes[0] == channels else 0


def _is_sequence(evidence: Evidence) -> bool:
    """Whether of the output of a recurrent layer, which got one sequence alone, a step of all samples is taken."""
    operation = failed(evidence, "__getitem__")
    item, index = (operand(operation, role) for role in ("self", "index"))
    if item is None or index is None or item.span is None or index.span is None or not says(evidence, r"too many indi"):
        return False
    sizes, parts = shape(operation, "self"), index_parts(index.span)
    if sizes is None or len(sizes) != 2 or len(parts) != 3 or ast.unparse(parts[0][0]) != ":":
        return False
    return _is_given_samples_first(evidence, item.span)


def _is_column_of_sequence(evidence: Evidence) -> bool:
    """Whether the last step of all samples, ``out[:, -1]``, became one number of each step, which a layer refused."""
    operation = failed(evidence, "Linear")
    item = operand(operation, "input")
    sizes = shape(operation, "input")
    if item is None or sizes is None or len(sizes) != 1:
        return False
    for span in spans_of(evidence, item.span):
        node = expression(span.text)
        if isinstance(node, ast.Subscript):
            first, *others = items_of(node.slice)
            base = evidence.held.get(ast.unparse(node.value))
            is_step = takes_all(first) and len(others) == 1 and whole_number(others[0]) is not None
            return is_step and len(sizes_of(base)) == 2 and _is_given_samples_first(evidence, piece(span, node.value))
    return False


def _is_given_samples_first(evidence: Evidence, place: Span) -> bool:
    """Whether something is all of what a recurrent layer gave that takes samples first."""
    for origin in trace(evidence, place, parts=True):
        node = expression(origin.span.text)
        if isinstance(node, ast.Subscript):
            if not isinstance(node.value, ast.Call):
                # A step, or the state of one layer: the axis that is missing is not that of the samples.
                return False
            node = node.value
        if isinstance(node, ast.Call):
            makers = trace(evidence, piece(origin.span, node.func))
            return any(_takes_samples_first(evidence, each.span) for each in makers)
    return False


def _takes_samples_first(evidence: Evidence, span: Span) -> bool:
    made = expression(span.text)
    is_layer = isinstance(made, ast.Call) and last_name(made.func) in RECURRENT
    return is_layer and told_batch_first(evidence, span) is True
