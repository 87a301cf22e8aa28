"""Operations that miss the features: a softmax of one score, a normalisation left at its default axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.capture.probes.alternatives import axis_of
from shapecheck.capture.probes.constructors import argument_of, constructor_of, expression
from shapecheck.capture.probes.made import made_at
from shapecheck.capture.probes.replay import Run
from shapecheck.capture.probes.separation import difference
from shapecheck.capture.probes.sighting import Sighting, call_at, in_call, other_axis, sighted
from shapecheck.capture.probes.step import Step
from shapecheck.capture.probes.tape import Node, Ref
from shapecheck.capture.probes.vocabulary import SOFTMAXES
from shapecheck.findings import Fix

_LAST = frozenset(["linear", "embedding", "lstm", "gru", "rnn_tanh", "rnn_relu", "layer_norm"])
# What changes numbers one by one, or hides some: the axes stay what they are.
_ELEMENTWISE = frozenset(
    [
        "relu", "relu_", "leaky_relu", "gelu", "silu", "elu", "tanh", "sigmoid", "dropout", "div", "__truediv__",
        "mul", "__mul__", "masked_fill", "masked_fill_", "clamp", "contiguous", "float", "to", "add", "__add__",
    ]
)  # fmt: skip
_HOPS = 12


def softmax_of_one(step: Step) -> Iterator[Sighting]:
    """A softmax along the only score that a layer gives for each position: whatever the score, it says 1."""
    for index in step.order:
        node = step.node(index)
        if node.name not in SOFTMAXES or index not in step.to_loss:
            continue
        shape = step.tape.shape(node.parents[0])
        along = axis_of(node, len(shape))
        maker = _maker(step, node.parents[0], _ELEMENTWISE)
        if along != len(shape) - 1 or shape[along] != 1 or maker is None or not _gives_one_score(step, maker):
            continue
        fixes = tuple(_with_influence(step, node, shape, along))
        text = (
            f"{node.name} runs along axis {along} of {shape}, where each position has its only score: every weight is "
            f"{'1' if node.name == 'softmax' else '0'}, whatever the layers say that make the scores, and these learn "
            "nothing"
        )
        yield sighted("softmax_of_one", node, text, fixes)


def left_at_default(step: Step) -> Iterator[Sighting]:
    """A normalisation that was given no axis and takes axis 1, where the last one holds the features."""
    for index in step.order:
        node = step.node(index)
        if node.name not in ("normalize", "cosine_similarity") or index not in step.to_loss:
            continue
        # torch itself hands an axis on always: whether one was given is in the source alone.
        call = call_at(node)
        if call is None or len(call.args) > 2 or any(word.arg in ("dim", None) for word in call.keywords):
            continue
        if not isinstance(call.func, ast.Attribute | ast.Name) or not ast.unparse(call.func).endswith(node.name):
            continue
        shape = step.tape.shape(node.parents[0])
        maker = _maker(step, node.parents[0], _ELEMENTWISE)
        if len(shape) < 3 or shape[1] < 2 or shape[-1] < 2 or maker is None or maker.name not in _LAST:
            continue
        text = (
            f"{node.name} without dim runs along axis 1 of {shape}; the features, which {maker.name} made, are the "
            f"last: each of the {shape[-1]} features is scaled by what the {shape[1]} positions have of it together"
        )
        fix = Fix("dim=-1", in_call(node, "dim=-1"), "no")
        yield sighted("normalised_at_default_axis", node, text, (fix,))


def _maker(step: Step, ref: Ref, passing: frozenset[str]) -> Node | None:
    """The operation that made what stands in the last axis, behind what works number by number."""
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.name in _LAST and ref.out == 0:
            return node
        if node.name not in passing or not node.parents:
            return node
        learned = [parent for parent in node.parents if parent in step.learned]
        ref = learned[0] if learned else node.parents[0]
    return None


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
