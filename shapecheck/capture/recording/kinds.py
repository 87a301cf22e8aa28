"""Whether the features of raw numbers are of several kinds, such as a pressure beside a temperature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

# How many times larger the largest feature is than the smallest one where they are of different kinds.
_APART = 30
# Neighbours of one kind differ by far less than any two features do: two in random order give a share of 1.
_SMOOTH = 0.5
# What counts more is no table of a few sensors, and would take long to be looked at.
_MOST_NUMBERS = 1 << 22
_STATISTICS = frozenset(["mean", "std", "var", "std_mean", "var_mean"])


def measures_kinds(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether a call takes statistics along the last axis of numbers, whose features are of several kinds."""
    if name not in _STATISTICS or not args or not isinstance(args[0], Tensor) or args[0].requires_grad:
        return False
    given = kwargs.get("dim", kwargs.get("axis", args[1] if len(args) > 1 else None))
    if isinstance(given, tuple | list) and len(given) == 1:
        given = given[0]
    # A bool in its place says by what the sum of squares is divided.
    if type(given) is not int or args[0].ndim < 2 or given not in (-1, args[0].ndim - 1):
        return False
    try:
        return are_of_kinds(args[0])
    except (RuntimeError, TypeError):
        # Numbers that a transform such as ``vmap`` holds for itself say nothing.
        return False


def are_of_kinds(value: Tensor) -> bool:
    """Whether the features along the last axis are of very different sizes, in no smooth order."""
    if value.is_meta or value.layout != torch.strided or not value.is_floating_point():
        return False
    if value.ndim < 2 or not 0 < value.numel() <= _MOST_NUMBERS:
        return False
    rows = value.double().flatten(0, -2)
    sizes, means = rows.square().mean(0).sqrt(), rows.mean(0)
    sizes = sizes[sizes > 0]
    return len(sizes) > 1 and bool(sizes.max() > _APART * sizes.min()) and not _is_smooth(means)


def _is_smooth(means: Tensor) -> bool:
    return bool(means.diff().square().mean() < _SMOOTH * 2 * means.var())
