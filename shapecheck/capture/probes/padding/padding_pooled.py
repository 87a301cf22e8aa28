"""Padding that counts: pooled over, although a mask says which positions are none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import paddings
from shapecheck.capture.instruments.trials.alternatives import axis_of
from shapecheck.capture.instruments.trials.separation import any_term_moved
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix


def padding_counted(step: Step) -> Iterator[Sighting]:
    """Means and sums over positions that an attention's own mask calls padding."""
    hidden = _padding(step)
    if hidden is None:
        return
    for source in step.inputs:
        value = step.value(source)
        if value.shape[:2] != hidden.shape or value.dtype == torch.bool:
            continue
        if any(torch.equal(known.hidden, ~hidden) for known in paddings(step) if known.source == source):
            # The mask is turned round, which is another matter.
            continue
        other = _other_padding(value, hidden)
        if not _moves(step, source, other, None):
            continue
        pools = [node for node in step.nodes if _pools(step, node, hidden)]
        runs = {node.index: _masked(node, hidden) for node in pools}
        if pools and _moves(step, source, other, runs) is False:
            text = (
                f"{int(hidden.sum())} of {hidden.numel()} positions are padding by the mask that the "
                "attention was given; "
                "with other values in these positions alone, the loss changed: they are averaged over as well"
            )
            title = "(h * keep).sum(1) / keep.sum(1)"
            fix = Fix(title, (), "call", "the padding has no influence any more")
            yield sighted("padding_pooled", pools[0], text, (fix,))


def _padding(step: Step) -> Tensor | None:
    """The mask of padding that an attention of this step was given: True where there is nothing."""
    for node in step.nodes:
        ref = node.kwargs.get("key_padding_mask") if node.name == "multi_head_attention_forward" else None
        if isinstance(ref, Ref):
            mask = step.value(ref)
            hidden = mask if mask.dtype == torch.bool else mask == float("-inf")
            if hidden.ndim == 2 and bool(hidden.any()) and not bool(hidden.all()):
                return hidden
    return None


def _other_padding(value: Tensor, hidden: Tensor) -> Tensor:
    changed = value.clone()
    if value.is_floating_point():
        changed[hidden] = changed[hidden] * -0.5 + 1.0
    else:
        known = value.unique()  # type: ignore[no-untyped-call]
        changed[hidden] = known[torch.searchsorted(known, changed[hidden]).add(1) % len(known)]
    return changed


def _moves(step: Step, source: Ref, value: Tensor, instead: dict[int, Run] | None) -> bool | None:
    try:
        base, after = step.run_with(instead), step.changed(source, value, instead)
    except Exception:
        return None
    return any_term_moved(step, base, after)


def _pools(step: Step, node: Node, hidden: Tensor) -> bool:
    if node.name not in ("mean", "sum", "max", "amax") or node.index not in step.to_loss or not node.parents:
        return False
    shape = step.tape.shape(node.parents[0])
    return len(shape) == 3 and shape[:2] == tuple(hidden.shape) and axis_of(node, 3) == 1


def _masked(node: Node, hidden: Tensor) -> Run:
    keep = (~hidden).unsqueeze(-1)

    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        if node.name == "mean":
            total = (values * keep).sum(1, keepdim=bool(kwargs.get("keepdim")))
            count = keep.sum(1, keepdim=bool(kwargs.get("keepdim"))).clamp(min=1)
            return total / count
        low = 0.0 if node.name == "sum" else float("-inf")
        return node.function(values.masked_fill(~keep, low), *args, **kwargs)  # type: ignore[misc]

    return run


PROBE = Probe(
    "padding is not pooled over",
    lambda look: padding_counted(look.step),
)
