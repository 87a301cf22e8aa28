"""The signature of a call: what two calls must share to be counted as one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass

import torch
from torch.nn.utils.rnn import PackedSequence

from shapecheck.capture.tensors import MAX_DEPTH, MAX_ITEMS, has_shape

_NESTED = "a nested tensor"


class UntraceableError(Exception):
    """A tensor whose sizes are symbols: looking at them would pin them down."""


def signature(value: object) -> Hashable:
    """Shapes, dtypes and devices of every tensor in a value, in its nesting; other values leave only their type.

    Nothing in it holds on to a tensor.

    Raises:
        UntraceableError: A size is a symbol.

    >>> signature((torch.zeros(2), None)) == signature((torch.ones(2), None))
    True
    >>> signature(torch.zeros(2)) == signature(torch.zeros(2, dtype=torch.int64))
    False
    """
    return _signature(value, 0)


def _signature(value: object, depth: int) -> Hashable:
    kind: type = type(value)
    if value is None or depth > MAX_DEPTH:
        return None
    if kind is torch.Tensor and not value.is_nested:  # type: ignore[attr-defined]
        return value.shape, value.dtype, value.device  # type: ignore[attr-defined]
    if isinstance(value, PackedSequence):
        return _packed(value)
    if isinstance(value, torch.Tensor):
        return _unusual(value)
    if isinstance(value, (tuple, list)):
        return tuple(_signature(item, depth + 1) for item in value[:MAX_ITEMS])
    if isinstance(value, Mapping):
        return tuple((str(key), _signature(value[key], depth + 1)) for key in list(value)[:MAX_ITEMS])
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(_signature(getattr(value, field.name, None), depth + 1) for field in fields(value))
    return kind


def _unusual(tensor: torch.Tensor) -> Hashable:
    """The signature of a parameter, a fake tensor, a nested one, or another subclass."""
    if not has_shape(tensor):
        return _NESTED
    if any(type(size) is not int for size in tensor.shape):
        raise UntraceableError
    return tensor.shape, tensor.dtype, tensor.device


def _packed(packed: PackedSequence) -> Hashable:
    data, sizes = packed.data, packed.batch_sizes
    # How many of the sequences are of which length is left out: no record tells it, and it is new with every batch.
    sequences = int(sizes[0]) if sizes.numel() else 0
    return PackedSequence, data.shape, data.dtype, data.device, sizes.shape, sequences
