"""Whether the numbers of a tensor say yes or no: nothing but ones and zeros, whatever their dtype."""

from __future__ import annotations

from torch import Tensor


def are_truths(value: Tensor) -> bool:
    """Whether all numbers are 0 or 1."""
    return bool(((value == 0) | (value == 1)).all())
