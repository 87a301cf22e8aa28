"""A model that is asked for its own input: one step later, which it must not see, or in place, which it has seen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from shapecheck.capture.probes.alternatives import RECURRENT
from shapecheck.capture.probes.causal import remedies
from shapecheck.capture.probes.replay import Run, ancestors, descendants, replay
from shapecheck.capture.probes.separation import difference, replaced_item
from shapecheck.capture.probes.shifted import as_numbers, in_shape_of
from shapecheck.capture.probes.sighting import Sighting, sighted
from shapecheck.capture.probes.step import Step
from shapecheck.capture.probes.tape import Node, Ref
from shapecheck.capture.probes.user_code import tree_of
from shapecheck.findings import Fix

# What puts numbers elsewhere and changes none.
MOVES = frozenset(
    [
        "__getitem__", "view", "reshape", "flatten", "contiguous", "transpose", "permute", "t", "T", "mT", "clone",
        "squeeze", "unsqueeze", "detach", "to", "narrow", "select", "movedim", "swapaxes", "view_as", "reshape_as",
        "unflatten", "chunk", "split", "long", "int",
    ]
)  # fmt: skip
_CLASSES = frozenset(["cross_entropy", "nll_loss"])
_ATTENTION = frozenset(["multi_head_attention_forward", "scaled_dot_product_attention"])
_MIX_STEPS = _ATTENTION | RECURRENT | frozenset(["softmax", "conv1d", "mean", "lstm_cell", "gru_cell"])


@dataclass(frozen=True, slots=True, eq=False)
class Own:
    """A loss whose targets are items of an input.

    Args:
        node: The loss.
        source: The input.
        axis: The axis of time in it.
        asked: Target -> which step of the input it is.
    """

    node: Node
    source: Ref
    axis: int
    asked: Tensor

    @property
    def is_next(self) -> bool:
        """Whether the first step is not asked for, so that it is given for the second."""
        return int(self.asked.min()) == 1


def own_targets(step: Step) -> Iterator[Sighting]:
    """Causal models that are asked for what they were given, and models that see what they are to predict."""
    for own in _owns(step):
        try:
            seen = _foreseen(step, own) if own.is_next else _unshifted(step, own)
        except RuntimeError:
            # The step does not run on another input.
            continue
        if seen is not None:
            yield seen
            return


def _owns(step: Step) -> Iterator[Own]:
    for term in step.terms:
        node = step.node(term.node)
        if node.name not in _CLASSES or term.without_reduction is None or len(node.parents) < 2:
            continue
        target = node.parents[1]
        shape = step.tape.shape(target)
        if len(step.tape.shape(node.parents[0])) != len(shape) + 1:
            continue
        for source in step.inputs:
            sizes = step.tape.shape(source)
            at = _places(step, source, target)
            if len(sizes) < 2 or at is None:
                continue
            for axis in (0, 1):
                after = sizes[axis + 1] if axis == 0 else 1
                asked = (at // after) % sizes[axis]
                if sizes[axis] > 2 and int(asked.max()) == sizes[axis] - 1 and int(asked.min()) <= 1:
                    yield Own(node, source, axis, asked)


def _places(step: Step, source: Ref, target: Ref) -> Tensor | None:
    """Target -> its place among the first two axes of an input; None if it is none of its items."""
    value = as_numbers(step.value(source))
    if value.ndim != 2:
        return None
    numbers = torch.arange(value.numel()).view(value.shape)
    if target == source:
        return numbers
    way = [index for index in ancestors(step.tape, [target], step.first) if index in step.order]
    if source in {parent for index in way for parent in step.node(index).parents}:
        if not all(step.node(index).name in MOVES for index in way):
            return None
        return replay(step.tape, way, {source: numbers})[target]
    asked = step.value(target)
    if asked.dtype != value.dtype or asked.numel() != value.numel() or asked.ndim > 2:
        return None
    for is_turned in (False, True) if asked.ndim == 1 else (False,):
        if (asked.ndim == 1 or asked.shape == value.shape) and torch.equal(in_shape_of(asked, value, is_turned), value):
            return (numbers.t().reshape(-1) if is_turned else numbers).view(asked.shape)
    return None


def _moved(step: Step, own: Own, item: int, instead: dict[int, Run] | None = None) -> Tensor:
    """Which steps are asked for where the prediction moves with one step of the input."""
    value = step.value(own.source)
    predicted = own.node.parents[0]
    after = step.changed(own.source, replaced_item(value, own.axis, item), instead)
    if predicted not in after:
        return own.asked[:0].reshape(-1)
    moved = difference(step.run_with(instead)[predicted], after[predicted])
    return own.asked[moved.any(1)]


def _foreseen(step: Step, own: Own) -> Sighting | None:
    size = step.tape.shape(own.source)[own.axis]
    items = sorted({size // 2, size - 1})
    if not any(bool((_moved(step, own, item) <= item).any()) for item in items) or not _is_read_once(step, own):
        return None
    for remedy in remedies(step, own.source):
        try:
            after = [_moved(step, own, item, remedy.instead) for item in items]
        except Exception:
            # It does not fit, so it was not meant.
            continue
        if any(len(moved) for moved in after) and all(
            bool((moved > item).all()) for moved, item in zip(after, items, strict=True)
        ):
            text = (
                f"the targets are the input one step later along axis {own.axis}, and with step k of the input "
                "replaced, predictions of step k and of earlier ones moved: the model sees what it is to predict"
            )
            fix = Fix(remedy.title, remedy.edits, "call", "no step sees a later one")
            seen = sighted(remedy.kind, remedy.node, text, (fix,))
            return seen if remedy.place is None else replace(seen, span=remedy.place)
    return None


def _is_read_once(step: Step, own: Own) -> bool:
    """Whether the model gets the input by one way only: what encodes all of it and decodes it again sees it rightly."""
    way = set(ancestors(step.tape, [own.node.parents[0]], step.first))
    moved, shortened, readers = {own.source}, set(), 0
    mixes: set[bool] = set()
    size = step.tape.shape(own.source)[own.axis]
    for index in descendants(step.tape, {own.source}, sorted(way)):
        node = step.node(index)
        outs = {Ref(index, out) for out in range(len(node.shapes))}
        if any(parent in moved for parent in node.parents):
            if node.name in MOVES:
                moved |= outs
            else:
                readers += 1
        is_short = any(parent in shortened for parent in node.parents)
        if is_short or (node.name in ("__getitem__", "narrow") and size - 1 in node.shapes[0]):
            shortened |= outs
        if node.name in _MIX_STEPS:
            mixes.add(is_short)
        if node.name == "multi_head_attention_forward" and node.args[0] != node.args[1]:
            return False
    # One layer over all steps and another over all but the last are an encoder and a decoder.
    return readers == 1 and len(mixes) < 2


def _unshifted(step: Step, own: Own) -> Sighting | None:
    """A model in which each step knows the earlier ones and itself, and is asked for itself."""
    size = step.tape.shape(own.source)[own.axis]
    for item in sorted({0, size // 2, size - 1}):
        moved = _moved(step, own, item)
        sees_itself, knows_earlier = bool((moved == item).any()), item == size - 1 or bool((moved > item).any())
        if not sees_itself or not knows_earlier or bool((moved < item).any()):
            return None
    if not _is_generator(step, own):
        return None
    text = (
        f"each prediction knows the steps of the input up to its own along axis {own.axis}, and its target is that "
        "step: with step k of the input replaced, the prediction of step k moved. To copy is enough; the next step is "
        "never learned"
    )
    fix = Fix("scores[:-1] against targets[1:] along time", (), "call", "no step sees what it is asked for")
    return sighted("target_not_shifted", own.node, text, (fix,))


def _is_generator(step: Step, own: Own) -> bool:
    """Whether the later steps are hidden by a mask, or the script draws from what the model says."""
    way = set(ancestors(step.tape, [own.node.parents[0]], step.first))
    if any(step.node(index).name in _ATTENTION for index in way):
        return True
    if any(step.node(index).name in ("softmax", "masked_fill") for index in way):
        return True
    tree = tree_of(own.node.spot.code.co_filename) if own.node.spot is not None else None
    calls = [item.func for item in ast.walk(tree) if isinstance(item, ast.Call)] if tree is not None else []
    return any(isinstance(call, ast.Attribute) and call.attr in ("multinomial", "Categorical") for call in calls)


__all__ = ["own_targets"]
