"""Tells one sample that came without its axis of samples, by the norm, the layer or the index that refused it."""

from __future__ import annotations

import ast
from math import prod

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, index_parts, piece
from shapecheck.reading.failing import NORMS, RECURRENT, failed, kind, number, operand, says, shape
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.batch_first import told_batch_first
from shapecheck.reading.samples.axes_of_samples import is_of_samples
from shapecheck.reading.sources import last_name, user_sources


def axes_of_sample(evidence: Evidence) -> int:
    """Along how many axes the places of a sample lie, where all that came is one sample; else 0."""
    if _is_sequence(evidence):
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
    for origin in trace(evidence, item.span, parts=True):
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
