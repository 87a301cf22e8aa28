"""Attentions of real steps with the keys of the padding hidden, where what stands there was blanked before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.axes.features_axis import followed
from shapecheck.capture.instruments.padding.masked_scores import LOW
from shapecheck.capture.instruments.padding.padded import Padding
from shapecheck.capture.instruments.padding.padding_masks import Remedy
from shapecheck.capture.instruments.padding.shares import along_softmax, hiding
from shapecheck.capture.instruments.tensors.backwards import backwards
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.recording.replay import Run, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import ATTENTIONS, CONTRACTIONS, DROPS

_SCALES = DROPS | {"div", "mul", "add", "sub", "masked_fill", "to"}
_HOPS = 8
_TEXT = (
    "attention was given no mask of it: what stands there was blanked, and each of these keys has a share of the "
    "weight all the same, since a softmax gives a score of 0 one"
)


def attended_blank(step: Step, padding: Padding, nodes: list[Node]) -> Iterator[Remedy]:
    """All attentions that walk over keys of the padding which are all alike, with these keys hidden."""
    instead: dict[int, Run] = {}
    made = {
        padding.source,
        *(out for at in descendants(step.tape, {padding.source}, step.order) for out in step.node(at).outs),
    }
    steps = followed(step.tape, dict.fromkeys(padding.contents, padding.time), step.order, through_layers=True)
    for node in nodes:
        if node.name in ATTENTIONS and len(node.parents) > 2 and node.parents[1] in made:
            is_whole = node.name == "multi_head_attention_forward"
            if _are_alike(step.value(node.parents[1]), padding, 0 if is_whole else -2):
                instead[node.index] = hidden_for_real_steps(node, padding)
        elif node.name == "softmax" and axis_of(node, len(node.shapes[0])) == len(node.shapes[0]) - 1:
            product = _product(step, node)
            is_own = product is not None and product.parents[1] in made
            keys = step.value(product.parents[1]) if product is not None and is_own else None
            if keys is not None and (_are_alike(keys, padding, -1) or _are_alike(keys, padding, -2)):
                instead[node.index] = _softmax_of_real_steps(node, padding)
        if (
            node.index not in instead
            and node.parents
            and steps.get(node.parents[0]) == axis_of(node, len(node.shapes[0]))
        ):
            hidden = along_softmax(padding, node)
            blank = step.value(node.parents[0])[hidden.expand(node.shapes[0])] if hidden is not None else None
            if hidden is not None and blank is not None and bool((blank == blank[0]).all()) and blank[0] > LOW:
                instead[node.index] = hiding(node, hidden)
    if instead:
        yield Remedy("padding_attended", step.node(min(instead)), "a mask of the padded keys", instead, _TEXT)


def walks_over(step: Step, node: Node, padding: Padding) -> bool:
    """Whether it is attention over keys that are the steps of the padded sequence, with no mask for each sample."""
    keys = step.tape.shape(node.parents[1]) if node.name == "scaled_dot_product_attention" else ()
    hidden = padding.along_last()
    masks = (step.tape.shape(ref) for ref in node.parents[3:])
    has_own = any(len(shape) > 2 and shape[0] == len(hidden) for shape in masks)
    return len(keys) > 2 and not has_own and (keys[0], keys[-2]) == tuple(hidden.shape)


def _product(step: Step, node: Node) -> Node | None:
    """The product that the scores of a softmax are, (batch_size, ..., queries, keys), be they scaled or masked."""
    for _, made in backwards(step.tape, node.parents[0], _SCALES, _HOPS):
        if made.name in CONTRACTIONS:
            return made if len(made.parents) == 2 and made.shapes[0] == node.shapes[0] else None
    return None


def _are_alike(keys: Tensor, padding: Padding, along: int) -> bool:
    """Whether the keys of the padding, along that axis, are all the same for each head."""
    hidden = padding.along_last()
    if keys.ndim < 3:
        return False
    rows = keys.movedim(along, 1) if along else keys.transpose(0, 1)
    if tuple(rows.shape[:2]) != tuple(hidden.shape):
        return False
    blank = rows[hidden]
    return bool((blank == blank[0]).all())


def hidden_for_real_steps(node: Node, padding: Padding) -> Run:
    """The same attention with the padded keys hidden from all queries that are no padding."""

    def run(query: Tensor, key: Tensor, *args: Any, **kwargs: Any) -> Any:
        is_whole = node.name == "multi_head_attention_forward"
        pairs = _pairs(padding, query.shape[0 if is_whole else -2])
        if is_whole:
            pairs = pairs.repeat_interleave(args[2], dim=0)
        elif query.ndim > 3:
            pairs = pairs.reshape(len(pairs), *[1] * (query.ndim - 3), *pairs.shape[1:])
        mask = args[1] if not is_whole and len(args) > 1 else kwargs.get("attn_mask")
        if kwargs.get("is_causal") and mask is None:
            mask = torch.ones(pairs.shape[-2:], dtype=torch.bool).triu(1) ^ (not is_whole)
        low = _low(mask, is_whole) if mask is not None else torch.zeros((), dtype=query.dtype)
        joined = low.to(query.dtype) + torch.zeros(pairs.shape, dtype=query.dtype).masked_fill(pairs, float("-inf"))
        rest = args if is_whole else args[:1]
        return node.function(query, key, *rest, **kwargs | {"attn_mask": joined, "is_causal": False})  # type: ignore[misc]

    return run


def _softmax_of_real_steps(node: Node, padding: Padding) -> Run:
    def run(scores: Tensor, *args: Any, **kwargs: Any) -> Any:
        pairs = _pairs(padding, scores.shape[-2])
        pairs = pairs.reshape(len(pairs), *[1] * (scores.ndim - 3), *pairs.shape[1:])
        return node.function(scores.masked_fill(pairs, torch.finfo(scores.dtype).min), *args, **kwargs)  # type: ignore[misc]

    return run


def _pairs(padding: Padding, steps: int) -> Tensor:
    """Which keys are padding, for each query that is none: (batch_size, steps, keys)."""
    hidden = padding.along_last()
    pairs = hidden[:, None, :].expand(-1, steps, -1)
    return pairs & ~hidden[:, :, None] if steps == hidden.shape[1] else pairs


def _low(mask: Tensor, is_whole: bool) -> Tensor:
    """A mask as what is added to the scores; of the attention of a layer True says what is hidden."""
    if mask.dtype is not torch.bool:
        return mask
    return torch.zeros(mask.shape).masked_fill(mask if is_whole else ~mask, float("-inf"))
