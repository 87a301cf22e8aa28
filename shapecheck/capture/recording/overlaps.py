"""Operations that change a tensor in place while they read other places of the same memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.recording.spelling import plain

# What reads a second tensor number by number, and draws nothing.
_READS = frozenset(["add", "sub", "mul", "div", "copy_", "__setitem__"])


def apart(function: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Tensor | None:
    """What would come out if what is read were a copy; None where it lies in other memory, or in the very same places.

    torch refuses most overlaps, but not those where the tensors have gaps (``x -= x[:, :1]``): there it reads some
    numbers after it has changed them, as the documentation of `torch.Tensor.expand` warns of.
    """
    read = args[-1] if len(args) > 1 else None
    changed = args[0]
    if not isinstance(read, Tensor) or plain(name) not in _READS or not _share_memory(changed, read):
        return None
    try:
        with torch.no_grad():
            result: Tensor = changed.detach().clone()
            function(result, *args[1:-1], read.detach().clone(), **kwargs)
    except Exception:
        # What torch refuses is for the script to hear.
        return None
    return result


def is_same(one: Tensor, other: Tensor) -> bool:
    """Whether all numbers are equal, up to rounding; what is no number on both sides is."""
    if one.is_floating_point():
        return torch.allclose(one, other, equal_nan=True)
    return torch.equal(one, other)


def _share_memory(changed: Tensor, read: Tensor) -> bool:
    try:
        memory = [tensor.untyped_storage().data_ptr() for tensor in (changed, read)]
    except (NotImplementedError, RuntimeError):
        # Sparse ones, and those that a transform stands in front of, have none that could be asked.
        return False
    if memory[0] != memory[1] or not memory[0]:
        return False
    same = changed.storage_offset() == read.storage_offset() and changed.stride() == read.stride()
    return not (same and changed.shape == read.shape)
