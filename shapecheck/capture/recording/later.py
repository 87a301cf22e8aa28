"""Waits, once training was looked at, for another optimizer to begin: another model is trained then, or otherwise."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer
from torch.optim import optimizer as optimizers

# A script with a run for each of ten settings trains the same thing each time.
MAX_PHASES = 2


class Later:
    """Told when an optimizer steps for the first time that was not there before.

    Args:
        act: What to do then; returns whether it was done.
    """

    def __init__(self, act: Callable[[], bool]) -> None:
        self._act = act
        self._known: weakref.WeakSet[Optimizer] = weakref.WeakSet()
        self._handle: Any = None
        self.phases = 0

    def knows(self, optimizer: Optimizer) -> None:
        """It belongs to what is looked at already."""
        self._known.add(optimizer)

    def start(self) -> None:
        """Begin to wait."""
        if self._handle is None and self.phases < MAX_PHASES:
            self._handle = optimizers.register_optimizer_step_post_hook(self._stepped)

    def forget(self) -> None:
        """Wait no more."""
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def _stepped(self, optimizer: Optimizer, *_: Any) -> None:
        if optimizer not in self._known and self._is_last() and self._act():
            self._known.add(optimizer)
            self.phases += 1
            self.forget()

    def _is_last(self) -> bool:
        """Whether torch has called all others: its list must not change as long as it goes through it."""
        return self._handle is not None and next(reversed(optimizers._global_optimizer_post_hooks)) == self._handle.id
