"""The arguments of an operation, with a ref in the place of each tensor, and with tensors again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from shapecheck.capture.recording.tape import Ref, Tape

# Arguments that no tensor is in; a step has tens of thousands.
_PLAIN = frozenset([int, float, bool, str, type(None), torch.dtype, torch.device, torch.Size])


def replaced(value: Any, tensor_of: Callable[[Ref], Any]) -> Any:
    """Nested arguments with each ref replaced."""
    # A step is run again thousands of times: the kinds that there are many of come first, each asked for by itself.
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Ref:
        return tensor_of(value)
    if kind is tuple:
        return tuple([item if type(item) in _PLAIN else replaced(item, tensor_of) for item in value])
    if kind is list:
        return [replaced(item, tensor_of) for item in value]
    if kind is dict:
        return {key: replaced(item, tensor_of) for key, item in value.items()}
    if kind is slice:
        return slice(*(replaced(part, tensor_of) for part in (value.start, value.stop, value.step)))
    if isinstance(value, torch.Generator):
        # The script's own stands where it stood, and every run draws the same numbers.
        return torch.Generator(value.device).manual_seed(0)
    return value


def with_refs(value: Any, tape: Tape) -> Any:
    """Nested arguments with a ref for each tensor."""
    if isinstance(value, Tensor):
        return tape.ref(value)
    if isinstance(value, slice):
        return slice(*(with_refs(part, tape) for part in (value.start, value.stop, value.step)))
    if isinstance(value, torch.Size):
        return value  # ``tensor.new(size)`` makes another tensor of a plain tuple
    if isinstance(value, tuple | list):
        items = [with_refs(item, tape) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {key: with_refs(item, tape) for key, item in value.items()}
    return value
