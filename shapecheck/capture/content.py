"""Compares the content of two stages: whether the one is the other, rearranged in the way that a step asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import torch

from shapecheck.dims import Axis, Spec
from shapecheck.protocol import Step

Verdict = Literal["same", "scrambled", "changed", "unknown"]

# How many elements are compared at once: it bounds the memory that a comparison takes.
CHUNK = 1 << 20
# How many other items are tried to find the one that was picked by mistake.
MAX_PICKS = 512


@dataclass(frozen=True, slots=True)
class Held:
    """The tensors of a stage, kept until the step that starts from it was compared.

    Args:
        tensor: The stage's own tensor, detached: it shares its memory, nothing is copied.
        others: The other tensors of the same call: what may have been taken by mistake.
        version: The tensor's version, which grows when it is changed in place.
    """

    tensor: torch.Tensor
    others: tuple[torch.Tensor, ...] = ()
    version: int = 0


def hold(tensor: torch.Tensor, others: tuple[torch.Tensor, ...] = ()) -> Held:
    """Keep a stage's tensor, without a copy and without its graph."""
    return Held(tensor.detach(), tuple(other.detach() for other in others), _version(tensor))


def compare(step: Step, before: Held, after: torch.Tensor, sizes: Mapping[str, int]) -> Verdict:
    """Say whether a tensor is what a step makes of the stage before, value by value.

    Args:
        step: The step.
        before: The stage that it starts from.
        after: The tensor that was got; its sizes are right already.
        sizes: Sizes of the dims, to take products apart.

    Returns:
        ``"same"``; ``"scrambled"`` if it holds the right values in another order, or another item than the one to be
        picked; ``"changed"`` if its values are others, so that the order cannot be told (a dropout or an activation
        stands between the two); ``"unknown"`` where values cannot be looked at.
    """
    try:
        with torch.no_grad():
            return _compare(step, before, after.detach(), sizes)
    except (RuntimeError, ValueError, KeyError, NotImplementedError, TypeError):
        return "unknown"


def _compare(step: Step, before: Held, after: torch.Tensor, sizes: Mapping[str, int]) -> Verdict:
    if not (_has_values(before.tensor) and _has_values(after)):
        return "unknown"
    expected, got = _aligned(_expected(step, before.tensor, step.picks, sizes), _split(after, step.after, sizes))
    if _equal(expected, got):
        return "same"
    if _version(before.tensor) != before.version:
        return "unknown"
    if _fingerprint(expected, got.dtype) == _fingerprint(got, got.dtype) or _is_other_pick(step, before, after, sizes):
        return "scrambled"
    return "changed"


def _expected(
    step: Step, tensor: torch.Tensor, picks: tuple[tuple[int, int], ...], sizes: Mapping[str, int]
) -> tuple[torch.Tensor, tuple[str, ...]]:
    """What the step makes of a tensor, taken apart into single dims."""
    for axis, item in sorted(picks, reverse=True):
        tensor = tensor.select(axis, item)
    picked = {axis for axis, _ in picks}
    axes = tuple(axis for at, axis in enumerate(step.before.axes) if at not in picked)
    return _split(tensor, Spec(axes, step.before.ellipsis_at), sizes)


def _split(tensor: torch.Tensor, spec: Spec, sizes: Mapping[str, int]) -> tuple[torch.Tensor, tuple[str, ...]]:
    """Take the products among the axes apart. That is a view for any tensor, so nothing is copied."""
    names: list[str] = []
    for place, axis in _places(spec, tensor.ndim):
        at = len(names)
        if axis is None:
            names.append(f"...{place}")
            continue
        lengths = _lengths(axis, tensor.shape[at], sizes)
        if len(lengths) != 1:
            tensor = tensor.view(*tensor.shape[:at], *lengths, *tensor.shape[at + 1 :])
        names += [str(factor) for factor in axis.factors]
    return tensor, tuple(names)


def _places(spec: Spec, ndim: int) -> Iterator[tuple[int, Axis | None]]:
    """The axes of a spec one by one; None for each that ``...`` stands for, numbered."""
    extra = ndim - len(spec.axes)
    for at, axis in enumerate(spec.axes):
        if at == spec.ellipsis_at:
            yield from ((number, None) for number in range(extra))
        yield at, axis
    if spec.ellipsis_at == len(spec.axes):
        yield from ((number, None) for number in range(extra))


def _lengths(axis: Axis, size: int, sizes: Mapping[str, int]) -> list[int]:
    if len(axis.factors) == 1:
        return [size]
    return [factor if isinstance(factor, int) else sizes[factor] for factor in axis.factors]


def _aligned(
    expected: tuple[torch.Tensor, tuple[str, ...]], got: tuple[torch.Tensor, tuple[str, ...]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Both tensors with the same dims in the same order; axes of size 1 without a name are left out."""
    left, left_names = _without_ones(*expected)
    right, right_names = _without_ones(*got)
    order = [left_names.index(name) for name in right_names]
    if len(set(order)) != len(left_names):
        raise ValueError("the two sides do not have the same dims")
    return left.permute(order), right


def _without_ones(tensor: torch.Tensor, names: tuple[str, ...]) -> tuple[torch.Tensor, tuple[str, ...]]:
    ones = tuple(at for at, name in enumerate(names) if name == "1")
    return tensor.squeeze(ones), tuple(name for name in names if name != "1")


def _equal(expected: torch.Tensor, got: torch.Tensor) -> bool:
    """Whether two tensors hold the same values; NaN is like NaN."""
    if expected.shape != got.shape:
        return False
    if _is_same_memory(expected, got):
        return True
    return all(_equal_chunk(left, right) for left, right in zip(_chunks(expected), _chunks(got), strict=True))


def _is_same_memory(left: torch.Tensor, right: torch.Tensor) -> bool:
    strides = zip(left.shape, left.stride(), right.stride(), strict=True)
    return (
        left.dtype == right.dtype
        and left.data_ptr() == right.data_ptr() != 0
        and all(one == other for size, one, other in strides if size > 1)
    )


def _equal_chunk(left: torch.Tensor, right: torch.Tensor) -> bool:
    # A cast between the two stages (autocast, .float()) is no other order.
    left = left.to(right.dtype)
    return torch.equal(left, right) or bool(((left == right) | ((left != left) & (right != right))).all())


def _chunks(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """Views of at most `CHUNK` elements that make up the tensor."""
    if tensor.numel() <= CHUNK or tensor.ndim == 0:
        yield tensor
        return
    rows = max(1, CHUNK * tensor.shape[0] // tensor.numel())
    for part in torch.split(tensor, rows):
        if part.numel() > CHUNK and part.shape[0] == 1:
            yield from _chunks(part[0])
        else:
            yield part


def _fingerprint(tensor: torch.Tensor, dtype: torch.dtype) -> tuple[int, ...]:
    """Sums over the values that no other order changes, and any other value does."""
    plain = mixed = 0
    for part in _chunks(tensor):
        bits = _bits(part.to(dtype))
        plain += int(bits.sum())
        mixed += int((bits * bits ^ bits * 0x5851F42D4C957F2D).sum())
    return tensor.numel(), plain % 2**64, mixed % 2**64


def _bits(tensor: torch.Tensor) -> torch.Tensor:
    """The bits of each value as int64."""
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    if tensor.is_floating_point():
        tensor = tensor + 0.0  # makes -0.0 the same as 0.0, and the memory contiguous
        return tensor.contiguous().view({2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]).long()
    return tensor.long()


def _is_other_pick(step: Step, before: Held, after: torch.Tensor, sizes: Mapping[str, int]) -> bool:
    """Whether another item than the one that the step picks was taken, or one of another tensor of the same call."""
    if not step.picks:
        return False
    got = _split(after, step.after, sizes)
    for at, (axis, item) in enumerate(step.picks):
        for other in range(min(before.tensor.shape[axis], MAX_PICKS)):
            picks = (*step.picks[:at], (axis, other), *step.picks[at + 1 :])
            if other != item and _equal(*_aligned(_expected(step, before.tensor, picks, sizes), got)):
                return True
    held = before.tensor
    # Where sizes agree, an item of another axis fits as well.
    others = [axis for axis in range(held.ndim) if axis not in dict(step.picks) and held.shape[axis]]
    fitting = [axis for axis in others if held.select(axis, 0).shape == after.shape]
    if any(_equal(held.select(a, item), after) for a in fitting for item in range(min(held.shape[a], MAX_PICKS))):
        return True
    items = (tensor[at] for tensor in before.others for at in range(min(len(tensor) if tensor.ndim else 0, 64)))
    return any(_equal(item, after) for item in (*before.others, *items) if _has_values(item))


def _has_values(tensor: torch.Tensor) -> bool:
    if tensor.device.type == "meta" or tensor.layout is not torch.strided or tensor.is_quantized:
        return False
    # While a CUDA graph is captured, looking at a value would break the capture.
    return not (tensor.is_cuda and torch.cuda.is_current_stream_capturing())


def _version(tensor: torch.Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version
