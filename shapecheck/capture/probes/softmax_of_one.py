"""A softmax of a single score: whatever the score, it says 1."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.instruments.alternatives import axis_of
from shapecheck.capture.instruments.constructors import argument_of, constructor_of, expression
from shapecheck.capture.instruments.made import made_at
from shapecheck.capture.instruments.makers import maker
from shapecheck.capture.instruments.separation import difference
from shapecheck.capture.instruments.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import SOFTMAXES
from shapecheck.findings import Fix


def softmax_of_one(step: Step) -> Iterator[Sighting]:
    """A softmax along the only score that a layer gives for each position: whatever the score, it says 1."""
    for index in step.order:
        node = step.node(index)
        if node.name not in SOFTMAXES or index not in step.to_loss:
            continue
        shape = step.tape.shape(node.parents[0])
        along = axis_of(node, len(shape))
        made = maker(step, node.parents[0])
        if along != len(shape) - 1 or shape[along] != 1 or made is None or not _gives_one_score(step, made):
            continue
        fixes = tuple(_with_influence(step, node, shape, along))
        text = (
            f"{node.name} runs along axis {along} of {shape}, where each position has its only score: every weight is "
            f"{'1' if node.name == 'softmax' else '0'}, whatever the layers say that make the scores, and these learn "
            "nothing"
        )
        yield sighted("softmax_of_one", node, text, fixes)


def _gives_one_score(step: Step, maker: Node) -> bool:
    """Whether it is a layer with one output, and meant so: written down as the number 1."""
    if maker.name != "linear" or maker.shapes[0][-1] != 1:
        return False
    place = made_at(step, maker)
    call = expression(place.text) if place is not None and place.text else constructor_of(maker)
    if not isinstance(call, ast.Call) or maker.module is None:
        return False
    width = argument_of(call, type(maker.module), "out_features")
    return isinstance(width, ast.Constant) and width.value == 1


def _with_influence(step: Step, node: Node, shape: tuple[int, ...], along: int) -> Iterator[Fix]:
    for axis in range(1, len(shape)):
        if axis == along or shape[axis] < 2:
            continue
        try:
            before, after = step.run(), step.run_with({node.index: _along(node, axis)})
        except Exception:
            # It does not fit, so it was not meant.
            continue
        if any(bool(difference(before[term.ref], after[term.ref]).any()) for term in step.terms):
            yield Fix(f"dim={axis}", other_axis(node, axis), "call", "the scores have an influence")
            return


def _along(node: Node, axis: int) -> Run:
    return lambda values, *_, **__: getattr(values, node.name)(axis)


PROBE = Probe(
    "no softmax runs along a single score",
    lambda look: softmax_of_one(look.step),
)
