"""How the learning rate moves during training."""

from __future__ import annotations

import math

WARM_UP = 0.1


def warm_up_then_cosine(step: int, total: int) -> float:
    """The factor of the learning rate at a step: up in the first tenth, then down along a half cosine.

    Small steps at first, while the state of the optimizer is still a guess; large ones to get somewhere; small ones
    again to settle. With a constant rate the result depends on when one happens to stop.

    Args:
        step: Counted from 0.
        total: How many there will be.

    >>> [round(warm_up_then_cosine(step, 100), 2) for step in (0, 9, 55, 99)]
    [0.1, 1.0, 0.5, 0.0]
    """
    warm_up = max(1, round(total * WARM_UP))
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, total - warm_up)))
