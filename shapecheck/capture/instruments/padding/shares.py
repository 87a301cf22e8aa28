"""Softmaxes that give padding a share of the weight, and the same with the scores of it hidden."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.padding.arguments_left_out import LeftOut, left_out
from shapecheck.capture.instruments.padding.masked_scores import LOW
from shapecheck.capture.instruments.padding.padded import Padding, influence
from shapecheck.capture.instruments.padding.padding_masks import Remedy
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import call_at
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.reading.vocabulary import FUNCTIONAL

_TEXT = "this softmax gives padding a share of the weight, which grows with the padding"
_TITLE = "scores.masked_fill(padding, float('-inf'))"
# What slides over the steps reads padding beside a sequence's end; so many steps behind it nothing does any more.
_REACH = (0, 1, 2, 4)


def shares(step: Step, padding: Padding, nodes: list[Node]) -> Iterator[Remedy]:
    """Each softmax along the padded steps with these hidden, and all of them together, by the place that calls them.

    Layers that slide over the steps read a little of the padding at each sequence's end, also where a softmax hides all
    of it: what is to count no more then is what lies out of their reach.
    """
    runs: dict[int, Run] = {}
    groups: list[list[Node]] = []
    for node in nodes:
        hidden = along_softmax(padding, node)
        if hidden is None or _has_hidden_rows(step, node):
            continue
        runs[node.index] = hiding(node, hidden)
        own = next((group for group in groups if group[0].repeats(node)), None)
        if own is None:
            groups.append([node])
        else:
            own.append(node)
    whole = [node for group in groups for node in group]
    slides = any(node.name.startswith(("conv", "_convolution")) for node in nodes)
    asked = [_asked_for(group[0]) for group in groups]
    for reach in _REACH if slides else _REACH[:1]:
        far = _far(padding, reach)
        if far is None or not groups or not influence(step, far):
            return
        for group in [*groups, *([whole] if len(groups) > 1 else [])]:
            instead = {node.index: runs[node.index] for node in group}
            left = asked[groups.index(group)] if group in groups else None
            if left is None:
                yield Remedy("padding_attended", group[0], _TITLE, instead, _TEXT, counted=far)
                continue
            text = f"{_TEXT}: {ast.unparse(left.call.func)}() would hide some by {left.name!r}, and is not given it"
            title = f"{left.name}={left.name}"
            edits, place = left.given(left.name), left.spot.span
            yield Remedy("padding_attended", group[0], title, instead, text, edits=edits, counted=far, place=place)


def along_softmax(padding: Padding, node: Node) -> Tensor | None:
    """The padding in the form of scores that a softmax runs along the steps of: samples are in front, or beside it."""
    if node.name != "softmax" or not node.parents:
        return None
    shape, hidden = node.shapes[0], padding.along_last()
    axis = axis_of(node, len(shape)) if len(shape) > 1 else None
    if axis is None:
        return None
    samples = 0 if axis else 1
    if (shape[samples], shape[axis]) != tuple(hidden.shape):
        return None
    sizes = [1] * len(shape)
    sizes[samples], sizes[axis] = hidden.shape
    return (hidden if axis else hidden.t()).reshape(sizes)


def _has_hidden_rows(step: Step, node: Node) -> bool:
    """Whether a mask hides whole rows of the scores: then it was put along the wrong axis, which is told as that."""
    scores = step.value(node.parents[0])
    axis = axis_of(node, scores.ndim)
    return axis is not None and scores.is_floating_point() and bool((scores < LOW).all(axis).any())


def _asked_for(node: Node) -> LeftOut | None:
    """The one optional argument by which the function around a softmax would change its scores, and is not given."""
    call = call_at(node)
    if call is None or node.spot is None:
        return None
    is_method = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) not in FUNCTIONAL
    read = call.func.value if is_method and isinstance(call.func, ast.Attribute) else next(iter(call.args), None)
    found = list(left_out(node.spot, {read.id})) if isinstance(read, ast.Name) else []
    return found[0] if len(found) == 1 else None


def _far(padding: Padding, reach: int) -> Padding | None:
    """The padding that lies farther than so many steps from what is none; None if there is nothing left."""
    steps = padding.along_last()
    for _ in range(reach):
        near = ~steps
        near[:, 1:] |= ~steps[:, :-1]
        near[:, :-1] |= ~steps[:, 1:]
        steps = ~near
    if not bool(steps.any()):
        return None
    return replace(padding, hidden=steps if padding.time == 1 else steps.t()) if reach else padding


def hiding(node: Node, hidden: Tensor) -> Run:
    """The same softmax with some of the scores hidden."""

    def run(scores: Tensor, *args: Any, **kwargs: Any) -> Any:
        return node.function(scores.masked_fill(hidden, float("-inf")), *args, **kwargs)  # type: ignore[misc]

    return run
