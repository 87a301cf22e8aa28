"""Attentions that a script writes out, of which a mask hides whole rows, and the same with the padded keys hidden."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.masked_scores import LOW
from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.instruments.padding.padding_masks import Remedy
from shapecheck.capture.instruments.tensors.names import unread_arguments
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import call_at
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit

_FILLS = frozenset(["masked_fill", "where", "add", "sub"])


def hides_rows(step: Step, padding: Padding, nodes: list[Node]) -> Iterator[Remedy]:
    """Scores of which a mask makes rows of another sequence low, where a softmax runs along the padded one.

    Of equal scores a softmax is uniform: a mask that is the same for all keys of a row hides none of them.
    """
    for node in nodes:
        shape, given = node.shapes[0], [ref for ref in node.parents if ref in step.learned]
        if node.name not in _FILLS or len(shape) not in (3, 4) or len(given) != 1 or len(node.parents) < 2:
            continue
        if given[0] not in node.args or step.tape.shape(given[0]) != shape:
            continue
        readers = [other for other in step.readers(node) if other.name == "softmax"]
        axes = {axis_of(other, len(shape)) for other in readers}
        axis = next(iter(axes)) if len(axes) == 1 else None
        hidden = _along(padding, shape, axis) if axis is not None else None
        if axis is None or hidden is None or not _are_whole(step, node, given[0], axis):
            continue
        text = (
            f"the mask is the same for all {shape[axis]} scores of a row, and a softmax of equal scores is uniform: it "
            "hides rows, and the softmax runs over what is padded"
        )
        title = f"a mask of the keys, {tuple(hidden.shape)}, in the place of this one"
        run, edits = _filled(node.args.index(given[0]), hidden), _edits(step, padding, node, hidden)
        yield Remedy("mask_along_wrong_axis", node, title, {node.index: run}, text, edits=edits)


def _along(padding: Padding, shape: tuple[int, ...], axis: int) -> Tensor | None:
    """The padding along one of the last two axes of scores, (n, ..., queries, keys), if it has as many steps."""
    hidden = padding.along_last()
    if axis < len(shape) - 2 or shape[0] != hidden.shape[0] or shape[axis] != hidden.shape[1]:
        return None
    sizes = [1] * len(shape)
    sizes[0], sizes[axis] = hidden.shape
    return hidden.reshape(sizes)


def _are_whole(step: Step, node: Node, given: Ref, axis: int) -> bool:
    """Whether scores are made low along all of an axis or not at all, and some of them were not low before."""
    low = (step.value(node.ref) < LOW) & (step.value(given) >= LOW)
    first = low.narrow(axis, 0, 1)
    return low.shape[axis] > 1 and bool((low == first).all()) and bool(first.any()) and not bool(first.all())


def _filled(at: int, hidden: Tensor) -> Run:
    def run(*args: Any, **_: Any) -> Tensor:
        scores: Tensor = args[at]
        return scores.masked_fill(hidden, torch.finfo(scores.dtype).min)

    return run


def _edits(step: Step, padding: Padding, node: Node, hidden: Tensor) -> tuple[Edit, ...]:
    """The edit that fills by the mask that the function is given and does not read, if there is only one."""
    call, unread = call_at(node), unread_arguments(node.module) if node.module is not None else []
    if node.name != "masked_fill" or call is None or node.spot is None or len(unread) != 1 or not call.args:
        return ()
    is_method = isinstance(call.func, ast.Attribute) and len(call.args) == len(node.args) - 1
    masks = [step.value_of_input(ref) for root in step.roots for ref in (*root.inputs, *root.named.values())]
    same = [mask.bool() for mask in masks if mask is not None and mask.shape == padding.hidden.shape]
    kept = any(torch.equal(mask, ~padding.hidden) for mask in same)
    if not is_method or padding.time != 1 or kept == any(torch.equal(mask, padding.hidden) for mask in same):
        return ()
    places = ", ".join(":" if size > 1 else "None" for size in hidden.shape)
    text = f"{'~' if kept else ''}{unread[0]}[{places}]"
    return replaced_text(node.spot.code.co_filename, call.args[0], text)
