"""Records of tensors: of one, and of all that hide in tuples, dicts, dataclasses and packed sequences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeGuard

import torch
from torch.nn.parameter import is_lazy
from torch.nn.utils.rnn import PackedSequence

from shapecheck.records import Packing, TensorRecord

# Bounds of the walk, so that a cyclic or an endless structure ends. No model comes near them.
MAX_DEPTH = 12
MAX_ITEMS = 1000

Names = str | tuple[object, ...] | None


def record(role: str, tensor: torch.Tensor | PackedSequence) -> TensorRecord:
    """Write down one tensor.

    Args:
        role: What it is in its call.
        tensor: The tensor; a packed sequence is recorded as its data, with its packing beside it.

    >>> record("input", torch.zeros(4, 7))
    TensorRecord(role='input', shape=(4, 7), dtype='float32', device='cpu', dims=(), rows=(), packing=None)
    """
    if isinstance(tensor, PackedSequence):
        data, packing = tensor.data, packing_of(tensor)
    else:
        data, packing = tensor, None
    return TensorRecord(role, _shape(data), dtype_name(data.dtype), str(data.device), packing=packing)


def records(role: str, value: object, names: Names = None) -> tuple[TensorRecord, ...]:
    """Write down every tensor in a value, however it is nested; what is no tensor is passed over.

    Roles say how to get there: ``output[0]['logits']``. The fields of a dataclass or a named tuple that stands at the
    top have their names as roles.

    Args:
        role: What the value as a whole is.
        value: A tensor, or tuples, lists, dicts, dataclasses and named tuples of them.
        names: Roles that a contract gives, nested like the value: ``("output", ("h_n", "c_n"))``.

    >>> [found.role for found in records("output", [torch.zeros(1), {"logits": torch.zeros(1)}])]
    ['output[0]', "output[1]['logits']"]
    """
    return tuple(record(found, tensor) for found, tensor in tensors(role, value, names))


def tensors(role: str, value: object, names: Names = None) -> list[tuple[str, torch.Tensor | PackedSequence]]:
    """Every tensor in a value with its role, as `records` gives it."""
    if isinstance(names, tuple) and len(names) == 1 and not _is_sequence(value):
        names = names[0] if isinstance(names[0], str | tuple) else None
    found: list[tuple[str, torch.Tensor | PackedSequence]] = []
    budget = iter(range(MAX_ITEMS))
    _walk(role, value, names, found, budget, depth=0)
    return found


def packing_of(packed: PackedSequence) -> Packing:
    """How many sequences a packed sequence holds, and how long they are."""
    sizes = packed.batch_sizes
    sequences = int(sizes[0]) if sizes.numel() else 0
    return Packing(sequences, longest=sizes.shape[0], steps=packed.data.shape[0])


def dtype_name(dtype: torch.dtype) -> str:
    """The name of a dtype without ``torch.``."""
    return str(dtype).removeprefix("torch.")


def _walk(
    role: str,
    value: object,
    names: Names,
    found: list[tuple[str, torch.Tensor | PackedSequence]],
    budget: Iterator[int],
    depth: int,
) -> None:
    if next(budget, None) is None or depth > MAX_DEPTH:
        return
    if isinstance(value, PackedSequence) or (isinstance(value, torch.Tensor) and has_shape(value)):
        found.append((names if isinstance(names, str) else role, value))
        return
    for inner_role, inner, inner_names in _children(role, value, names, depth):
        _walk(inner_role, inner, inner_names, found, budget, depth + 1)


def _children(role: str, value: object, names: Names, depth: int) -> Iterable[tuple[str, object, Names]]:
    """What is inside a container, each with its role and its names."""
    if isinstance(names, str):
        role = names
    if _is_sequence(value):
        if isinstance(names, tuple):
            return _named(role, value, names)
        if hasattr(value, "_fields"):
            return _fields(role, ((str(name), getattr(value, name)) for name in value._fields), depth)
        return ((f"{role}[{at}]", inner, None) for at, inner in enumerate(value))
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(role, ((field.name, getattr(value, field.name, None)) for field in fields(value)), depth)
    if isinstance(value, Mapping):
        return ((f"{role}[{key!r}]", inner, None) for key, inner in value.items())
    return ()


def _named(role: str, value: Iterable[object], names: tuple[object, ...]) -> Iterator[tuple[str, object, Names]]:
    """The items of a sequence that a contract names; more of them than it knows are numbered."""
    for at, inner in enumerate(value):
        name = names[at] if at < len(names) else None
        yield f"{role}[{at}]", inner, name if isinstance(name, str | tuple) else None


def _fields(role: str, pairs: Iterable[tuple[str, object]], depth: int) -> Iterator[tuple[str, object, Names]]:
    for name, inner in pairs:
        # Without a dot: a stage's place ends in its role, which is what stands behind the last dot.
        yield (f"{role}[{name!r}]" if depth else name), inner, None


def _is_sequence(value: object) -> TypeGuard[tuple[Any, ...] | list[Any]]:
    return isinstance(value, tuple | list) and not isinstance(value, PackedSequence)


def has_shape(tensor: torch.Tensor) -> bool:
    """Whether a tensor has one shape: a nested tensor of torch has none, an uninitialised parameter not yet."""
    return not (tensor.is_nested or is_lazy(tensor))


def _shape(tensor: torch.Tensor) -> tuple[int, ...]:
    return tuple(int(size) for size in tensor.shape)
