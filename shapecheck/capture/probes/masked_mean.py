"""Means over what a mask has set to zero: the padding adds nothing, and is counted all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.padding_masks import is_of_padding
from shapecheck.capture.instruments.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run, ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Fix


def masked_mean(step: Step) -> Iterator[Sighting]:
    """A mean of a product with a mask of sequences of different lengths."""
    for index in step.order:
        node = step.node(index)
        if node.name != "mean" or index not in step.to_loss or node.spot is None or len(node.parents) != 1:
            continue
        product = step.node(node.parents[0].node)
        pair = product.parents
        if product.name != "mul" or len(pair) != 2 or node.parents[0] not in step.learned:
            continue
        mask = next((ref for ref in pair if ref not in step.learned), None)
        if mask is None or not is_of_padding(step, mask) or not _runs_along_time(step, node):
            continue
        if len(product.shapes[0]) > 2 and not _reaches_the_end(step, mask):
            continue
        if not _is_scaled_again(step, node, mask):
            value = step.value(mask)
            base = step.run_with(None)[Ref(index)]
            after = step.run_with({index: _over_the_rest(product, value)})[Ref(index)]
            text = (
                f"{int((value == 0).sum())} of the {value.numel()} positions are zero by the mask, and the mean "
                "divides by their number as well: the more padding, the smaller the result"
            )
            outcome = f"{_number(base)} here becomes {_number(after)}"
            fix = Fix("(values * mask).sum() / mask.sum()", (), "call", outcome)
            yield sighted("padding_in_mean", node, text, (fix,))
            return


def _runs_along_time(step: Step, node: Node) -> bool:
    ndim = len(step.tape.shape(node.parents[0]))
    axes = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else None)
    if axes is None:
        return True
    axes = axes if isinstance(axes, tuple | list) else (axes,)
    return all(isinstance(axis, int) and axis % ndim < 2 for axis in axes)


def _reaches_the_end(step: Step, mask: Ref) -> bool:
    """Whether the longest sequence has no padding: then how much the others have depends on their batch."""
    value = step.value(mask)
    rows = value.reshape(value.shape[0], value.shape[1])
    return bool(rows.bool().all(1).any() or rows.bool().all(0).any())


def _is_scaled_again(step: Step, node: Node, mask: Ref) -> bool:
    """Whether what the mask says comes in once more behind the mean."""
    behind = set(descendants(step.tape, {Ref(node.index)}, sorted(step.to_loss)))
    for index in behind:
        for parent in step.node(index).parents:
            if parent.node in behind or parent == Ref(node.index):
                continue
            if parent == mask or mask in {
                other for at in ancestors(step.tape, [parent], step.first) for other in step.node(at).parents
            } | {Ref(at) for at in ancestors(step.tape, [parent], step.first)}:
                return True
    return False


def _over_the_rest(product: Node, mask: Tensor) -> Run:
    def run(values: Tensor, *args: Any, **kwargs: Any) -> Any:
        share = mask.to(values.dtype).expand(product.shapes[0]).mean(*args, **kwargs)
        return values.mean(*args, **kwargs) / share

    return run


def _number(value: Tensor) -> str:
    return f"{float(value):.4g}" if value.numel() == 1 else f"a first value of {float(value.reshape(-1)[0]):.4g}"


__all__ = ["masked_mean"]


PROBE = Probe(
    "no mean divides by what a mask leaves out",
    lambda look: masked_mean(look.step),
)
