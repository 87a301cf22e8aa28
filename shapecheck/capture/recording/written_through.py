"""What is written into a part of a tensor changes the whole: ``scores.diagonal().fill_(-inf)``."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

NAME = "as_strided_scatter"
# What changes only how a tensor lies upon its numbers.
_LAYS_ANEW = frozenset(
    ["squeeze", "unsqueeze", "transpose", "t", "swapaxes", "swapdims", "detach", "as_strided", "resize_", "set_"]
)


def whole_of(name: str, part: Tensor) -> Tensor | None:
    """The tensor that a part of it was changed in place of; None where no gradient goes through it, or it has gaps."""
    whole = None if name in _LAYS_ANEW else part._base
    if not isinstance(whole, Tensor) or isinstance(whole, nn.Parameter) or not whole.requires_grad or whole.is_leaf:
        return None
    is_plain = whole.layout == torch.strided and whole.is_contiguous() and whole.dtype == part.dtype
    return whole if is_plain and whole is not part else None


def place_in(whole: Tensor, part: Tensor) -> tuple[Any, ...]:
    """Where a part lies in the whole, as `written` asks for it."""
    return tuple(part.shape), part.stride(), part.storage_offset() - whole.storage_offset()


def written(whole: Tensor, part: Tensor, shape: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Tensor:
    """The whole with a part written into it."""
    whole = whole.contiguous()
    return torch.as_strided_scatter(whole, part, shape, stride, offset + whole.storage_offset())
