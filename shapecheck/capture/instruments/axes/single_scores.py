"""Axes that were made for one score: by a layer that is written with one output, or by hand."""

from __future__ import annotations

import ast
from dataclasses import replace

from shapecheck.capture.instruments.axes.features_axis import features_of, followed, made_along
from shapecheck.capture.instruments.tensors.constructors import argument_of, constructor_of
from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.tensors.parameters import named_at, owner_of
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import call_at, node_at
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import MATRIX_PRODUCTS, SPLITS
from shapecheck.reading.edits import expression
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import found_at
from shapecheck.reading.vocabulary import MADE_OF_SIZES


def single_scores(step: Step) -> dict[Ref, int]:
    """Tensor -> its axis of one score; a size that comes of the data may be another one next time."""
    made = {Ref(index): axis for index in step.order if (axis := _made(step, index)) is not None}
    made |= _pieces_of_one(step)
    found = followed(step.tape, made, step.order)
    # Along such an axis there are as many scores as are joined, those of branches, be it one.
    joins = {ref.node for ref, axis in found.items() if _joins_along(step.node(ref.node), axis)}
    return followed(step.tape, made, [index for index in step.order if index not in joins]) if joins else found


def _pieces_of_one(step: Step) -> dict[Ref, int]:
    """Pieces that are written as one number wide: ``split([width, 1], dim=1)``, or the last feature ``h[..., -1:]``."""
    found: dict[Ref, int] = {}
    features: dict[Ref, int] | None = None
    for node in map(step.node, step.order):
        if node.name in SPLITS:
            axis = axis_of(node, len(node.shapes[0]))
            found |= {Ref(node.index, out): axis for out in _written_as_one(node)} if axis is not None else {}
        elif node.name == "__getitem__" and (axis := _cut_as_one(node)) is not None:
            features = features_of(step.tape, step.order) if features is None else features
            found |= {node.ref: axis} if features.get(node.parents[0]) == axis else {}
    return found


def _written_as_one(node: Node) -> list[int]:
    """The pieces whose size is written down as the number 1."""
    call = call_at(node)
    given = [item for item in ast.walk(call) if isinstance(item, ast.List | ast.Tuple)] if call is not None else []
    sizes = next((item.elts for item in given if len(item.elts) == len(node.outs)), [])
    return [out for out, size in enumerate(sizes) if isinstance(size, ast.Constant) and size.value == 1]


def _cut_as_one(node: Node) -> int | None:
    """The axis along which a slice with written ends leaves one item, as ``[..., -1:]`` and ``[:, 2:3]`` do."""
    subscript = node_at(node, ast.Subscript)
    written = subscript.slice if isinstance(subscript, ast.Subscript) else None
    parts = written.elts if isinstance(written, ast.Tuple) else [written]
    cut = [part for part in parts if isinstance(part, ast.Slice) and (part.lower or part.upper)]
    if (
        len(cut) != 1
        or len(parts) != len(node.index_parts)
        or any(part is None or type(part) is int for part in node.index_parts)
    ):
        return None
    low, high = (ast.unparse(end) if end is not None else "" for end in (cut[0].lower, cut[0].upper))
    is_one = (low, high) in (("-1", ""), ("", "1")) or ((low + high).isdigit() and high == str(int(low or 0) + 1))
    at = parts.index(cut[0])
    from_back = any(isinstance(part, ast.Constant) and part.value is ... for part in parts[:at])
    return (len(node.shapes[0]) - len(parts) + at if from_back else at) if is_one and cut[0].step is None else None


def _joins_along(node: Node, axis: int) -> bool:
    given = node.argument(1, "dim", default=0) if node.name == "cat" else None
    return isinstance(given, int) and given % len(node.shapes[0]) == axis


def _made(step: Step, index: int) -> int | None:
    """The axis of size one that an operation was written to make; a size that comes of the data may be another."""
    node = step.node(index)
    if node.name in MADE_OF_SIZES and not node.parents:
        return _told_as_one(node)
    if not node.shapes or not node.parents:
        return None
    ndim = len(node.shapes[0])
    if node.name == "unsqueeze":
        given = node.argument(1, "dim")
        return given % ndim if isinstance(given, int) else None
    axis = made_along(node)
    if axis is None and node.name in MATRIX_PRODUCTS and _is_column(step, node.parents[-1]):
        return ndim - 1
    return axis if axis is not None and node.shapes[0][axis] == 1 and _is_written_as_one(step, node) else None


def _told_as_one(node: Node) -> int | None:
    """The one axis of several of what is made of its sizes that is written down as the number 1."""
    call = call_at(node)
    sizes = [] if call is None else [item for item in call.args if not isinstance(item, ast.Starred)]
    if len(sizes) == 1 and isinstance(sizes[0], ast.List | ast.Tuple):
        sizes = sizes[0].elts
    if len(sizes) < 2 or len(sizes) != len(node.shapes[0]):
        return None
    ones = [at for at, size in enumerate(sizes) if isinstance(size, ast.Constant) and size.value == 1]
    return ones[0] if ones else None


def _is_column(step: Step, ref: Ref) -> bool:
    """Whether a tensor is a parameter of one column, and is written down as that: ``Parameter(torch.randn(n, 1))``."""
    shape = step.tape.shape(ref)
    if step.tape.nodes[ref.node].kind != "parameter" or len(shape) != 2 or shape[1] != 1:
        return False
    owner = owner_of(step, ref)
    span = named_at(*owner) if owner is not None else None
    _, made = found_at(span)
    if span is None or made is None:
        return False
    sizes = written_sizes(replace(span, text=ast.unparse(made))) or [span]
    return sizes[-1].text == "1"


def _is_written_as_one(step: Step, node: Node) -> bool:
    """Whether the number of features of a layer is written down as the number 1."""
    place = made_at(step, node)
    call = expression(place.text) if place is not None and place.text else constructor_of(node)
    if not isinstance(call, ast.Call) or node.module is None:
        return False
    name = "out_features" if node.name == "linear" else "out_channels"
    width = argument_of(call, type(node.module), name)
    return isinstance(width, ast.Constant) and width.value == 1
