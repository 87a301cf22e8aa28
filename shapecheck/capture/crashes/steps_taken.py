"""Notes what the first training steps of a script learned from: how large the gradients were at each."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import torch
from torch.optim.optimizer import register_optimizer_step_pre_hook

# As many as tell one training from another.
KEPT = 20


class StepsTaken:
    """Listens to all optimizers from `start` to `stopped`, and changes nothing of what they do."""

    def __init__(self) -> None:
        self._sizes: list[float] = []
        self._handle: Any = None

    def start(self) -> None:
        """Begin to listen."""
        self._handle = register_optimizer_step_pre_hook(self._hear)

    def stopped(self) -> list[float]:
        """Listen no more.

        Returns:
            The sum of the sizes of all gradients at each of the first steps.
        """
        if self._handle is not None:
            self._handle.remove()
            self._handle = None
        return list(self._sizes)

    def _hear(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        if len(self._sizes) < KEPT:
            with suppress(Exception), torch._C.DisableTorchFunction(), torch.no_grad():
                given = [each.grad for group in optimizer.param_groups for each in group["params"]]
                self._sizes.append(sum(float(each.abs().sum()) for each in given if each is not None))
