"""Heads that are cut out of features by a reshape alone, which cuts them out of the steps instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.rows.recuts import exchanges_heads
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE, FEATURES_LAST, maker
from shapecheck.capture.instruments.tensors.weights import becomes_weights, is_weights
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CUTS
from shapecheck.findings import Edit, Fix

_PRODUCTS = frozenset(["matmul", "bmm", "einsum", "baddbmm", "scaled_dot_product_attention"])
_PASSES = ELEMENTWISE | frozenset(["transpose", "permute", "mT", "clone", "layer_norm", "normalize"])
_PARTS = frozenset(["chunk", "split", "__getitem__", "unbind"])
_HOPS = 6


def heads_cut(step: Step) -> Iterator[Sighting]:
    """``(batch, steps, heads * size)`` reshaped to ``(batch, heads, steps, size)``: a head gets pieces of few steps.

    The sizes alone could be chance. That products of such rows become weights, or are weighed, says that they are
    what one head has of each step. Heads that were cut rightly, ``(batch, steps, heads, size)``, and are moved in front
    by another reshape come out the same.
    """
    told: set[int] = set()
    for node in step.of_loss:
        if node.name not in ("view", "reshape") or not node.parents or node.spot is None:
            continue
        before, after = step.tape.shape(node.parents[0]), node.shapes[0]
        source, whole = node.parents[0], before
        if exchanges_heads(before, after) and step.node(source.node).name in CUTS and not step.is_leaf(source):
            source, whole = step.node(source.node).parents[0], (*before[:-2], before[-2] * before[-1])
        heads = _heads(whole, after)
        if heads is None or node.spot.line in told or step.tape.shape(source) != whole:
            continue
        if not _are_features(step, source) or not _attends(step, node.ref, whole[-2]):
            continue
        try:
            step.run_with({node.index: _turned(heads, whole, after)})
        except Exception:
            # It does not fit, so it was not meant.
            continue
        told.add(node.spot.line)
        text = (
            f"{before} holds {whole[-2]} steps with {heads} heads of {after[-1]} features each, and {node.name} to "
            f"{after} leaves the numbers in their order: a head gets all features of a part of the steps, cut into rows"
        )
        cut = "" if whole != before else f"view({', '.join(map(str, (*whole[:-1], heads, after[-1])))})."
        edits, outcome = _edits(node, heads, before), "each head has its own features of every step"
        fix = Fix(f"{cut}transpose(-3, -2)", edits, "call", outcome)
        yield sighted("axes_renamed", node, text, (fix,))


def _heads(before: tuple[int, ...], after: tuple[int, ...]) -> int | None:
    """How many heads there are, if each of them comes to stand in front of the steps."""
    if len(before) < 2 or len(after) < 3 or before[-2] != after[-2] or before[-2] < 2 or before[-1] % after[-1]:
        return None
    heads, front = before[-1] // after[-1], before[:-2]
    if heads < 2 or after[-1] < 2:
        return None
    if after[:-2] == (*front, heads):
        # With as many heads as steps the sizes do not say which is which.
        return heads if heads != before[-2] else None
    return heads if front and after[:-2] == (prod(front) * heads,) else None


def _are_features(step: Step, ref: Ref) -> bool:
    """Whether a layer made what stands in the last axis."""
    made = maker(step, ref)
    if made is not None and made.name in _PARTS and made.parents:
        made = maker(step, made.parents[0])
    return made is not None and made.name in FEATURES_LAST


def _attends(step: Step, rows: Ref, steps: int) -> bool:
    """Whether products of the rows become weights of steps, or such weights weigh them."""
    reached = {rows: 0}
    for node in step.nodes:
        hops = [reached[parent] for parent in node.parents if parent in reached]
        if not hops or node.index <= rows.node:
            continue
        if node.name in _PRODUCTS:
            others = [parent for parent in node.parents if parent in step.learned and parent not in reached]
            if node.name == "scaled_dot_product_attention" or any(is_weights(step, other) for other in others):
                return True
            if steps in node.shapes[0][-2:] and becomes_weights(step, node):
                return True
        elif node.name in _PASSES and min(hops) < _HOPS:
            reached[node.ref] = min(hops) + 1
    return False


def _turned(heads: int, whole: tuple[int, ...], out: tuple[int, ...]) -> Run:
    def run(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        return tensor.reshape(*whole[:-1], heads, out[-1]).transpose(-3, -2).reshape(out)

    return run


def _edits(node: Node, heads: int, before: tuple[int, ...]) -> tuple[Edit, ...]:
    call = call_at(node)
    sizes = call.args if call is not None else []
    if call is None or not isinstance(call.func, ast.Attribute) or len(sizes) != len(node.shapes[0]) or call.keywords:
        return ()
    given = ast.unparse(call.func.value)
    if any(isinstance(size, ast.Starred) for size in sizes) or given == "torch" or node.spot is None:
        return ()
    if exchanges_heads(before, node.shapes[0]):
        text = f"{given}.transpose(-3, -2)"
    elif len(sizes) > len(before):
        order = [*sizes[:-3], sizes[-2], sizes[-3], sizes[-1]]
        text = f"{given}.{call.func.attr}({', '.join(map(ast.unparse, order))}).transpose(-3, -2)"
    else:
        size = ast.unparse(sizes[-1])
        parts = f"{heads}, -1" if size == "-1" else f"-1, {size}"
        text = f"{given}.unflatten(-1, ({parts})).transpose(-3, -2).flatten(0, {len(before) - 2})"
    return replaced_text(node.spot.code.co_filename, call, text)


PROBE = Probe(
    "heads are cut out of the features of each step",
    lambda look: heads_cut(look.step),
)
