"""The target is the input one step later: which axis is time, and do later steps leak into earlier ones?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.probes.alternatives import axis_of
from shapecheck.capture.probes.replay import Run, descendants
from shapecheck.capture.probes.separation import difference, replaced_item
from shapecheck.capture.probes.sighting import Sighting, other_axis, sighted
from shapecheck.capture.probes.step import Step
from shapecheck.capture.probes.tape import Node, Ref
from shapecheck.findings import Fix


@dataclass(frozen=True, slots=True)
class Shift:
    """An input and a target that is the same one step later, along an axis."""

    source: Ref
    target: Ref
    axis: int

    @property
    def batch_axis(self) -> int:
        """The other one of the first two axes."""
        return 1 - self.axis


def shifts(step: Step) -> list[Shift]:
    """Pairs of an input and a target that is the input one step later; exact, so it is no accident."""
    found = []
    for source in step.inputs:
        for target in step.targets:
            shape = step.tape.shape(source)
            if shape != step.tape.shape(target) or len(shape) < 2:
                continue
            before, after = step.value(source), step.value(target)
            axes = [axis for axis in (0, 1) if shape[axis] > 2 and _is_shifted(before, after, axis)]
            if len(axes) == 1:
                found.append(Shift(source, target, axes[0]))
    return found


def _is_shifted(before: Tensor, after: Tensor, axis: int) -> bool:
    size = before.shape[axis]
    one, other = before.narrow(axis, 1, size - 1), after.narrow(axis, 0, size - 1)
    varies = bool((before.narrow(axis, 1, size - 1) != before.narrow(axis, 0, size - 1)).any())
    return varies and bool((one == other).all())


def leaks(step: Step, shift: Shift) -> Iterator[Sighting]:
    """A next-step model whose earlier predictions know later inputs."""
    if not _leaks(step, shift, None):
        return
    for kind, node, title, instead, edits in _remedies(step, shift):
        try:
            if _leaks(step, shift, instead) is False:
                text = (
                    f"the target is the input one step later along axis {shift.axis}, and with a "
                    "later step of the input "
                    "replaced, terms of the loss of earlier steps moved: the model sees what it is to predict"
                )
                yield sighted(kind, node, text, (Fix(title, edits, "call", "tried: no step sees a later one"),))
                return
        except Exception:
            # It does not fit, so it was not meant.
            continue


def _leaks(step: Step, shift: Shift, instead: dict[int, Run] | None) -> bool | None:
    """Whether a later step moves an earlier step's terms; None if nothing moved at all."""
    size = step.tape.shape(shift.source)[shift.axis]
    base = step.run_with(instead)
    moved_at_all = False
    for item in sorted({size // 2, size - 1}):
        after = step.changed(shift.source, replaced_item(step.value(shift.source), shift.axis, item), instead)
        for term in step.terms:
            if term.ref not in after:
                continue
            moved = difference(base[term.ref], after[term.ref])
            moved_at_all |= bool(moved.any())
            if bool((moved & _positions(step, shift, term.ref, item, instead)).any()):
                return True
    return False if moved_at_all else None


def _positions(step: Step, shift: Shift, term: Ref, before: int, instead: dict[int, Run] | None) -> Tensor:
    """The terms that belong to steps before one: those that move with the target's steps."""
    value = step.value(shift.target).clone()
    for item in range(before):
        value.select(shift.axis, item).copy_(replaced_item(value, shift.axis, item).select(shift.axis, item))
    after = step.changed(shift.target, value, instead)
    base = step.run_with(instead)
    return difference(base[term], after[term]) if term in after else torch.zeros_like(base[term], dtype=torch.bool)


Remedy = tuple[str, Node, str, dict[int, Run], Any]


def _remedies(step: Step, shift: Shift) -> Iterator[Remedy]:
    nodes = [step.node(index) for index in descendants(step.tape, {shift.source}, step.order) if index in step.to_loss]
    attention = [node for node in nodes if node.name == "multi_head_attention_forward" and _is_unmasked(node)]
    if attention:
        title = "attn_mask=torch.ones(t, t, dtype=torch.bool).triu(1)"
        yield "future_seen_by_attention", attention[0], title, {n.index: _masked_attention(n) for n in attention}, ()
    scaled = [n for n in nodes if n.name == "scaled_dot_product_attention" and _is_unmasked(n)]
    if scaled:
        runs = {node.index: _causal_sdpa(node) for node in scaled}
        yield "future_seen_by_attention", scaled[0], "is_causal=True", runs, ()
    scores = [n for n in nodes if n.name == "softmax" and _is_square(step, n)]
    if scores:
        title = "scores.masked_fill(torch.ones(t, t).triu(1).bool(), float('-inf'))"
        yield "future_seen_by_attention", scores[0], title, {n.index: _masked_softmax(n) for n in scores}, ()
    recurrent = [n for n in nodes if n.name in ("lstm", "gru", "rnn_tanh", "rnn_relu") and _is_bidirectional(n)]
    if recurrent:
        runs = {node.index: _forward_only(node) for node in recurrent}
        yield "future_seen_by_reverse_direction", recurrent[0], "bidirectional=False", runs, ()
    statistics = [n for n in nodes if n.name in ("mean", "std", "var") and _runs_along_middle(step, n)]
    if statistics:
        runs = {node.index: _along_last(node) for node in statistics}
        edits = other_axis(statistics[0], -1)
        yield "normalised_over_time", statistics[0], "dim=-1", runs, edits
    convolutions = [n for n in nodes if n.name == "conv1d"]
    if convolutions:
        runs = {node.index: _causal_convolution(node) for node in convolutions}
        yield "future_seen_by_convolution", convolutions[0], "F.pad(x, (kernel_size - 1, 0))", runs, ()


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


def _is_square(step: Step, node: Node) -> bool:
    shape = step.tape.shape(node.parents[0])
    return len(shape) >= 3 and shape[-1] == shape[-2] and axis_of(node, len(shape)) == len(shape) - 1


def _masked_softmax(node: Node) -> Run:
    def run(scores: Tensor, *args: Any, **kwargs: Any) -> Any:
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        return node.function(scores.masked_fill(hidden, float("-inf")), *args, **kwargs)  # type: ignore[misc]

    return run


def _is_bidirectional(node: Node) -> bool:
    # A packed call has its batch sizes in second place, which moves the flags on by one.
    return (len(node.args) == 9 and not isinstance(node.args[1], Ref) and node.args[7] is True) or _is_plain(node)


def _is_plain(node: Node) -> bool:
    return len(node.args) == 9 and isinstance(node.args[1], Ref) and node.args[7] is True and node.name != "lstm"


def _forward_only(node: Node) -> Run:
    """The same layer, one layer after the other, with what its backward direction says taken out."""

    def run(values: Tensor, state: Any, weights: Any, *rest: Any) -> Any:
        has_bias, layers, _, _, _, batch_first = rest
        states = state if isinstance(state, tuple | list) else (state,)
        count = len(weights) // layers
        for layer in range(layers):
            part = [item[2 * layer : 2 * layer + 2] for item in states]
            given = part if len(part) > 1 else part[0]
            own = weights[count * layer : count * (layer + 1)]
            values, *last = node.function(values, given, own, has_bias, 1, 0.0, False, True, batch_first)  # type: ignore[misc]
            values = values.clone()
            values[..., values.shape[-1] // 2 :] = 0
        return values, *last

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


def _causal_convolution(node: Node) -> Run:
    """The same convolution, its output moved on by as many steps as it looked ahead."""

    def run(*args: Any, **kwargs: Any) -> Any:
        names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
        given = dict(zip(names, args, strict=False)) | kwargs
        dilation = given.get("dilation", 1)
        dilation = dilation[0] if isinstance(dilation, tuple | list) else dilation
        ahead = ((given["weight"].shape[-1] - 1) * dilation + 1) // 2
        out = node.function(*args, **kwargs)  # type: ignore[misc]
        return torch.nn.functional.pad(out, (ahead, 0))[..., : out.shape[-1]]

    return run
