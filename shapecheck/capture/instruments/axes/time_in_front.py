"""Whether what a layer is given was to have time in front: what stands round the layer counts along axis 0 as well."""

from __future__ import annotations

import ast

from shapecheck.capture.instruments.axes.counted import counted
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import node_at
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit

_KEEP = frozenset(["add", "mul", "dropout", "layer_norm", "contiguous", "to", "clone"])


def made_with_samples_in_front(step: Step, layer: Node) -> Node | None:
    """What should have been turned to ``(time, batch, features)`` before a layer that takes time first.

    Positions that are added along axis 0, and a mask that has as many rows as axis 0, say that all of it was written
    for time in front; None where nothing does.
    """
    ref, shape = layer.parents[0], step.tape.shape(layer.parents[0])
    source, is_meant = ref, _is_masked_along(step, layer, shape)
    while not step.is_leaf(ref):
        node = step.node(ref.node)
        if node.name not in _KEEP or node.shapes[0] != shape:
            break
        data = _data(step, node, shape)
        if data is None:
            break
        tables = [other for other in node.parents if other != data]
        if node.name == "add" and any(_is_along_front(step, table, shape) for table in tables):
            source, is_meant = data, True
        ref = data
    if not is_meant or step.is_leaf(source):
        return None
    return step.node(source.node)


def turned_there_and_back(source: Node, layer: Node) -> tuple[Edit, ...]:
    """The edits that put time in front where a tensor is made, and the samples in front again behind the layer."""
    made, called = node_at(source, ast.expr), node_at(layer, ast.Call)
    if not isinstance(made, ast.expr) or not isinstance(called, ast.Call) or source.spot is None or layer.spot is None:
        return ()
    if made.lineno == called.lineno:
        return ()
    text = ast.unparse(made)
    text = text if isinstance(made, ast.Call | ast.Name | ast.Attribute | ast.Subscript) else f"({text})"
    there = replaced_text(source.spot.span.file, made, f"{text}.transpose(0, 1)")
    back = replaced_text(layer.spot.span.file, called, f"{ast.unparse(called)}.transpose(0, 1)")
    return (*there, *back) if there and back else ()


def _is_masked_along(step: Step, layer: Node, shape: tuple[int, ...]) -> bool:
    mask = layer.kwargs.get("attn_mask")
    sizes = step.tape.shape(mask) if isinstance(mask, Ref) else ()
    return len(sizes) == 2 and sizes[0] == shape[0] != shape[1]


def _data(step: Step, node: Node, shape: tuple[int, ...]) -> Ref | None:
    same = [ref for ref in node.parents if ref not in step.inner and step.tape.shape(ref) == shape]
    return same[0] if len(same) == 1 else None


def _is_along_front(step: Step, table: Ref, shape: tuple[int, ...]) -> bool:
    sizes = step.tape.shape(table)
    sizes = (1,) * (len(shape) - len(sizes)) + sizes
    if len(sizes) != len(shape) or sizes[0] != shape[0] or sizes[1] != 1 or shape[0] == 1:
        return False
    return counted(step, table, shape[0]) is not None
