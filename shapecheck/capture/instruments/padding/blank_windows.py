"""Pools that look for the largest among what a model has made of padding alone, behind a mask that blanked it."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.padding.padded import Padding, compared
from shapecheck.capture.instruments.padding.padding_masks import Remedy
from shapecheck.capture.instruments.padding.unpacked import UNPACKS
from shapecheck.capture.instruments.trials.separation import difference
from shapecheck.capture.recording.replay import Run, ancestors, descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref

_LARGEST = frozenset(["max", "amax"])
_WINDOWS = frozenset(["adaptive_max_pool1d", "max_pool1d"])
_TITLE = "h.masked_fill(~keep, float('-inf')) in front of the maximum"
# Other contents of the steps that are none of the padding: what moves with neither was made of none of them.
_CHANGES = ((-0.5, 1.0), (1.5, -0.7))


def pools_of_blanks(step: Step, padding: Padding) -> Iterator[Remedy]:
    """Pools along the steps of which one remedy leaves out all places that no real step has a part in.

    That they are all the same is no reason for them to count: behind a convolution with a bias, or where all else is
    negative, one of them is the largest. What stands behind the ends of packed sequences is another matter.
    """
    pools = [node for node in step.of_loss if _pooled(node) is not None and _is_behind(step, node, padding)]
    if not pools or not padding.is_said or not padding.is_behind or not padding.depends_on_others:
        return
    hidden = {node.index: blank for node in pools if (blank := _of_padding(step, node, padding)) is not None}
    runs = {index: _without(step.node(index), blank) for index, blank in hidden.items()}
    if runs:
        text = (
            "what was made of them alone, behind a mask that blanks them, is the largest wherever all else is smaller: "
            "the same sequence is read otherwise beside longer ones"
        )
        yield Remedy("padding_pooled", step.node(min(runs)), _TITLE, runs, text)


def _pooled(node: Node) -> int | None:
    """The axis of three that a pool makes one largest number of."""
    if not node.parents or not node.shapes or len(node.parents) > 1:
        return None
    if node.name in _WINDOWS:
        return 2 if node.shapes[0][2:] == (1,) else None
    given = node.argument(1, "dim", "axis")
    given = given[0] if isinstance(given, tuple | list) and len(given) == 1 else given
    ndim = len(node.shapes[0]) + (node.argument(2, "keepdim", default=False) is not True)
    is_axis = node.name in _LARGEST and isinstance(given, int) and not isinstance(given, bool)
    return given % ndim if is_axis and ndim == 3 else None


def _is_behind(step: Step, node: Node, padding: Padding) -> bool:
    above = ancestors(step.tape, node.parents, step.first)
    made = descendants(step.tape, {padding.source}, above)
    return bool(made) and not any(step.node(index).name in UNPACKS for index in made)


def _of_padding(step: Step, node: Node, padding: Padding) -> Tensor | None:
    """Where nothing moves with any real step, at the end of each row but the longest; None if it is not so."""
    axis, source = _pooled(node), node.parents[0]
    shape, rows = step.tape.shape(source), padding.along_last()
    assert axis is not None
    batch = next((at for at in (0, 1) if at != axis and shape[at] == len(rows)), None)
    if batch is None:
        return None
    other = next(at for at in range(3) if at not in (axis, batch))
    moved = torch.zeros(shape[batch], shape[axis], dtype=torch.bool)
    for scale, shift in _CHANGES:
        seen = _moved(step, padding, source, scale, shift).permute(batch, axis, other)
        moved |= seen.any(2)
    ends = torch.arange(1, shape[axis] + 1).mul(moved).amax(1)
    longest = ~rows.any(1)
    if not bool((ends > 0).all()) or bool((ends[longest] < shape[axis]).any()) or bool((ends == shape[axis]).all()):
        return None
    blank = torch.arange(shape[axis])[None] >= ends[:, None]
    if batch > axis:
        blank = blank.t()
    return blank.unsqueeze(other)


def _moved(step: Step, padding: Padding, ref: Ref, scale: float, shift: float) -> Tensor:
    frozen = compared(step, padding.source)
    base = step.run_with(frozen)
    found = torch.zeros(step.tape.shape(ref), dtype=torch.bool)
    for content in padding.contents:
        value = step.tape.held[content] if content in step.tape.held else base[content]
        kept = padding.like(tuple(value.shape))
        assert kept is not None
        other = torch.where(kept, value, value * scale + shift)
        found |= difference(base[ref], step.changed(content, other, frozen)[ref], relative=1e-6)
    return found


def _without(node: Node, blank: Tensor) -> Run:
    def run(values: Tensor, *args: object, **kwargs: object) -> object:
        return node.function(values.masked_fill(blank, float("-inf")), *args, **kwargs)  # type: ignore[misc]

    return run
