"""Other numbers in the place of an item of a tensor, of the kind that are in it."""

from __future__ import annotations

import torch
from torch import Tensor


class Numbers:
    """The numbers of a tensor, of which one item or several are replaced, one at a time."""

    def __init__(self, value: Tensor) -> None:
        self._value, self._spread, self._low, self._high = value, 0.0, 0.0, 0.0
        if value.is_floating_point():
            self._spread = float(value.double().std().nan_to_num()) if value.numel() > 1 else 0.0
            self._low, self._high = (float(end) for end in value.aminmax()) if value.numel() else (0.0, 0.0)
        elif value.dtype != torch.bool:
            self._known: Tensor = value.unique()  # type: ignore[no-untyped-call]

    def replaced(self, axis: int, item: int) -> Tensor:
        """A copy with other values of the same kind in one item: of integers, others among those that occur."""
        value, generator = self._value, torch.Generator().manual_seed(item + 1)
        changed = value.detach().clone()
        place = changed.select(axis, item)
        if value.is_floating_point():
            noise = torch.randn(place.shape, generator=generator).to(value.device, value.dtype)
            spread = self._spread or 1.0
            place.copy_(self._within(place.roll(1) * -0.7 + noise * spread + 0.3 * spread))
            return changed
        if value.dtype == torch.bool:
            place.copy_(~place)
            return changed
        known = self._known
        at = torch.searchsorted(known, place.contiguous())
        step = torch.randint(1, max(len(known), 2), place.shape, generator=generator).to(value.device)
        place.copy_(known[(at + step) % len(known)] if len(known) > 1 else place)
        return changed

    def _within(self, other: Tensor) -> Tensor:
        """The other values, folded into the range of those that are there, where those may be probabilities or counts.

        A loss for them refuses what is none, and a logarithm or a root of a negative number is not a number.
        """
        low, high = self._low, self._high
        if not 0 <= low < high:
            return other
        width = high - low
        folded = width - ((other - low) % (2 * width) - width).abs() + low
        return folded.clamp(low, high)
