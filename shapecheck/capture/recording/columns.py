"""Values for a column that occur in it: columns may be counted from tables of different sizes."""

from __future__ import annotations

import torch
from torch import Tensor


def of_own_columns(value: Tensor, other: Tensor) -> Tensor:
    """Other values at the same places, each of them one that occurs in its own column.

    Args:
        value: (..., columns), any dtype: the values as they are.
        other: The same shape: values of which some differ, wherever in the tensor they were taken from.

    Returns:
        The same shape. A column with one value only keeps it.
    """
    found = value.detach().clone()
    for column in range(value.shape[-1]):
        before, place = value[..., column], found[..., column]
        differs = before != other[..., column]
        known = before.unique()  # type: ignore[no-untyped-call]
        if len(known) > 1 and bool(differs.any()):
            at = torch.searchsorted(known, before[differs])
            step = torch.arange(len(at), device=at.device) % (len(known) - 1) + 1
            place[differs] = known[(at + step) % len(known)]
    return found
