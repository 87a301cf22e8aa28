"""Axes that were made for one score: by a layer that is written with one output, or by hand."""

from __future__ import annotations

import ast
from dataclasses import replace

from shapecheck.capture.instruments.axes.features_axis import followed, made_along
from shapecheck.capture.instruments.tensors.constructors import argument_of, constructor_of
from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.tensors.parameters import named_at, owner_of
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import MATRIX_PRODUCTS
from shapecheck.reading.edits import expression
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import found_at


def single_scores(step: Step) -> dict[Ref, int]:
    """Tensor -> its axis of one score; a size that comes of the data may be another one next time."""
    made = {Ref(index): axis for index in step.order if (axis := _made(step, index)) is not None}
    found = followed(step.tape, made, step.order)
    # Along such an axis there are as many scores as are joined, those of branches, be it one.
    joins = {ref.node for ref, axis in found.items() if _joins_along(step.node(ref.node), axis)}
    return followed(step.tape, made, [index for index in step.order if index not in joins]) if joins else found


def _joins_along(node: Node, axis: int) -> bool:
    given = node.argument(1, "dim", default=0) if node.name == "cat" else None
    return isinstance(given, int) and given % len(node.shapes[0]) == axis


def _made(step: Step, index: int) -> int | None:
    """The axis of size one that an operation was written to make; a size that comes of the data may be another."""
    node = step.node(index)
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
