"""What could keep a next-step model from seeing later steps: masks, one direction, statistics of one step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.causal_masks import filled_at, filled_by, mask_of, meant_instead
from shapecheck.capture.instruments.steps.looking_ahead import looking_ahead
from shapecheck.capture.instruments.steps.turned_masks import keys_axis, turned_masks
from shapecheck.capture.instruments.tensors.made import made_at
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.sighting import other_axis
from shapecheck.capture.recording.replay import Run, descendants, unchanged
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import CONVOLUTION_ARGUMENTS, RECURRENT
from shapecheck.evidence import Span
from shapecheck.findings import Edit

_FLIPS = frozenset(["flip", "fliplr", "flipud"])


@dataclass(frozen=True, slots=True, eq=False)
class Remedy:
    """A change that could make a model causal.

    Args:
        kind: What is wrong, if it does.
        node: Where.
        title: The change as code.
        instead: Node -> what to run there.
        edits: The change to the source, where it can be told.
        place: The line to change, where that is not the node's.
    """

    kind: str
    node: Node
    title: str
    instead: dict[int, Run]
    edits: tuple[Edit, ...] = ()
    place: Span | None = None


def remedies(step: Step, source: Ref) -> Iterator[Remedy]:
    """What can be tried on the way from an input to the loss, the likeliest first."""
    nodes = [step.node(index) for index in descendants(step.tape, {source}, step.order) if index in step.to_loss]
    attention = [node for node in nodes if node.name == "multi_head_attention_forward" and _is_unmasked(node)]
    if attention:
        title = "attn_mask=torch.ones(t, t, dtype=torch.bool).triu(1)"
        yield Remedy(
            "future_seen_by_attention", attention[0], title, {n.index: _masked_attention(n) for n in attention}
        )
    scaled = [n for n in nodes if n.name == "scaled_dot_product_attention" and _is_unmasked(n)]
    if scaled:
        runs = {node.index: _causal_sdpa(node) for node in scaled}
        yield Remedy("future_seen_by_attention", scaled[0], "is_causal=True", runs)
    masked = [n for n in nodes if mask_of(n) is not None]
    meant = meant_instead(step, masked) if masked else None
    if meant is not None:
        title, runs, place = meant
        yield Remedy("future_seen_by_attention", masked[0], title, runs, place=place)
    scores = [n for n in nodes if n.name == "softmax" and keys_axis(step, n)]
    turned = turned_masks(step, scores) if scores else None
    if turned is not None:
        yield Remedy("future_seen_by_attention", scores[0], turned.title, turned.instead, turned.edits, turned.place)
    for axis, later in ((-1, "triu(1)"), (-2, "tril(-1)")):
        # Keys on the axis before the last are seldom meant: there what is masked already may be turned, and no more.
        along = [n for n in scores if keys_axis(step, n) == axis and (axis == -1 or filled_by(step, n) is None)]
        if along:
            title = f"scores.masked_fill(torch.ones(t, t).{later}.bool(), float('-inf'))"
            runs = {node.index: _masked_softmax(node, axis) for node in along}
            yield Remedy("future_seen_by_attention", along[0], title, runs, place=filled_at(step, along[0]))
    flips = [n for n in nodes if n.name in _FLIPS]
    if flips:
        runs = dict.fromkeys((node.index for node in flips), unchanged)
        yield Remedy("future_seen_by_reverse_direction", flips[0], "x, as it is", runs)
    recurrent = [n for n in nodes if n.name in RECURRENT and _is_bidirectional(n)]
    if recurrent:
        runs = {node.index: _forward_only(node) for node in recurrent}
        place = made_at(step, recurrent[0])
        yield Remedy("future_seen_by_reverse_direction", recurrent[0], "bidirectional=False", runs, place=place)
    statistics = [n for n in nodes if n.name in ("mean", "std", "var") and _runs_along_middle(step, n)]
    if statistics:
        runs = {node.index: _along_last(node) for node in statistics}
        edits = other_axis(statistics[0], -1)
        yield Remedy("normalised_over_time", statistics[0], "dim=-1", runs, edits)
    layers = [n for n in nodes if n.name == "layer_norm" and len(n.argument(1, default=())) > 1]
    if layers:
        runs = {node.index: _over_features() for node in layers}
        title = f"nn.LayerNorm({layers[0].args[1][-1]})"
        yield Remedy("normalised_over_time", layers[0], title, runs, place=made_at(step, layers[0]))
    along_time = [n for n in nodes if n.name == "layer_norm" and _is_behind_channels(step, n)]
    if along_time:
        channels = along_time[0].shapes[0][1]
        runs = {node.index: _over_channels for node in along_time}
        title = f"nn.LayerNorm({channels}) of x.transpose(1, 2)"
        yield Remedy("normalised_over_time", along_time[0], title, runs, place=made_at(step, along_time[0]))
    of_channels = [n for n in nodes if n.name in ("instance_norm", "group_norm") and len(n.shapes[0]) == 3]
    if of_channels:
        runs = {node.index: _over_channels for node in of_channels}
        place = made_at(step, of_channels[0])
        title = f"nn.LayerNorm({of_channels[0].shapes[0][1]}) of x.transpose(1, 2)"
        yield Remedy("normalised_over_time", of_channels[0], title, runs, place=place)
    convolutions = [n for n in nodes if n.name == "conv1d" and not _sums_up(step, n)]
    if convolutions:
        for share in (2, 1):
            # Padded on both sides a convolution looks half as far ahead as one that is padded on the wrong side.
            runs = {node.index: _causal_convolution(node, share) for node in convolutions}
            ahead = looking_ahead(step, convolutions)
            title = ahead.title or "F.pad(x, (kernel_size - 1, 0))"
            yield Remedy("future_seen_by_convolution", ahead.node, title, runs, ahead.edits, ahead.place)


def _is_unmasked(node: Node) -> bool:
    mask = node.kwargs.get("attn_mask")
    if node.name == "scaled_dot_product_attention":
        return mask is None and len(node.args) < 4 and not node.kwargs.get("is_causal")
    return mask is None


def _masked_attention(node: Node) -> Run:
    def run(query: Tensor, key: Tensor, *rest: Any, **kwargs: Any) -> Any:
        mask = torch.ones(query.shape[0], key.shape[0], dtype=torch.bool, device=query.device).triu(1)
        padding = kwargs.get("key_padding_mask")
        mask = mask if padding is None or padding.dtype == torch.bool else _as_float(mask, query)
        kwargs = dict(kwargs) | {"attn_mask": mask, "training": False, "is_causal": False}
        return node.function(query, key, *rest, **kwargs)  # type: ignore[misc]

    return run


def _as_float(mask: Tensor, like: Tensor) -> Tensor:
    return torch.zeros_like(mask, dtype=like.dtype).masked_fill(mask, float("-inf"))


def _causal_sdpa(node: Node) -> Run:
    return lambda *args, **kwargs: node.function(*args, **kwargs | {"is_causal": True})  # type: ignore[misc]


def _masked_softmax(node: Node, axis: int) -> Run:
    def run(scores: Tensor, *args: Any, **kwargs: Any) -> Any:
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        hidden = hidden if axis == -1 else hidden.mT
        return node.function(scores.masked_fill(hidden, float("-inf")), *args, **kwargs)  # type: ignore[misc]

    return run


def _is_bidirectional(node: Node) -> bool:
    return len(node.args) == 9 and (node.args[8] if _is_packed(node) else node.args[7]) is True


def _is_packed(node: Node) -> bool:
    # A packed call has its batch sizes in second place, which moves the flags on by one.
    return not isinstance(node.args[3], bool)


def _forward_only(node: Node) -> Run:
    """The same layer, one layer after the other, with what its backward direction says taken out."""

    def run(*given: Any) -> Any:
        values, *between = given[:2] if _is_packed(node) else given[:1]
        state, weights, has_bias, layers, _, _, _, *last = given[1 + len(between) :]
        states = state if isinstance(state, tuple | list) else (state,)
        count = len(weights) // layers
        ends: list[Any] = []
        for layer in range(layers):
            part = [item[2 * layer : 2 * layer + 2] for item in states]
            first = tuple(part) if isinstance(state, tuple | list) else part[0]
            own = weights[count * layer : count * (layer + 1)]
            values, *end = node.function(values, *between, first, own, has_bias, 1, 0.0, False, True, *last)  # type: ignore[misc]
            values = values.clone()
            values[..., values.shape[-1] // 2 :] = 0
            ends.append(end)
        return values, *(torch.cat(items) for items in zip(*ends, strict=True))

    return run


def _runs_along_middle(step: Step, node: Node) -> bool:
    shape = step.tape.shape(node.parents[0])
    axis = axis_of(node, len(shape))
    return len(shape) >= 3 and axis is not None and axis != len(shape) - 1 and bool(node.kwargs.get("keepdim"))


def _along_last(node: Node) -> Run:
    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        rest = {key: value for key, value in kwargs.items() if key not in ("dim", "axis")}
        return node.function(values, dim=-1, **rest)  # type: ignore[misc]

    return run


def _over_features() -> Run:
    """The same normalisation over the last axis alone."""

    def run(values: Tensor, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, *_: Any) -> Any:
        out = torch.nn.functional.layer_norm(values, tuple(shape)[-1:], None, None, eps)
        out = out if weight is None else out * weight
        return out if bias is None else out + bias

    return run


def _is_behind_channels(step: Step, node: Node) -> bool:
    """Whether it normalises the last axis alone, of what a convolution made: there the last axis is time."""
    made = step.node(node.parents[0].node)
    width = node.argument(1, "normalized_shape", default=())
    return made.name == "conv1d" and len(node.shapes[0]) == 3 and len(width) == 1


def _over_channels(values: Tensor, *_: Any, **__: Any) -> Tensor:
    """A normalisation of each step by itself; what is learned of it belongs to other places."""
    turned = values.transpose(1, 2)
    return torch.nn.functional.layer_norm(turned, turned.shape[-1:]).transpose(1, 2)


def _sums_up(step: Step, node: Node) -> bool:
    """Whether a convolution makes one step of several: what comes of it has steps of its own."""
    return 2 * node.shapes[0][-1] <= step.tape.shape(node.parents[0])[-1]


def _causal_convolution(node: Node, share: int) -> Run:
    """The same convolution, its output moved on by as many steps as it looked ahead."""

    def run(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(CONVOLUTION_ARGUMENTS, args, strict=False)) | kwargs
        dilation = given.get("dilation", 1)
        dilation = dilation[0] if isinstance(dilation, tuple | list) else dilation
        ahead = ((given["weight"].shape[-1] - 1) * dilation + share - 1) // share
        out = node.function(*args, **kwargs)  # type: ignore[misc]
        return torch.nn.functional.pad(out, (ahead, 0))[..., : out.shape[-1]]

    return run
