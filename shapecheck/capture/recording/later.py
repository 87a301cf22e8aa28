"""Waits, once training was looked at, for another optimizer, which trains otherwise, or a turn that does more."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any

from torch.optim import Optimizer
from torch.optim import optimizer as optimizers

from shapecheck.capture.recording.rare_turns import RareTurns

# A script with a run for each of ten settings trains the same thing each time.
MAX_PHASES = 2


class Later:
    """Told when an optimizer steps for the first time that was not there before, and in front of a rare turn.

    Args:
        act: What to do then, and for how many steps: None for as many as at first; returns whether it was done.
        turns: Says which turns are rare; one of them is looked at.
        guarded: Makes of a hook one that lets no mistake of ours reach the script.
    """

    def __init__(
        self,
        act: Callable[[int | None], bool],
        turns: RareTurns,
        guarded: Callable[[Callable[..., None]], Callable[..., None]],
    ) -> None:
        self._act, self._turns, self._guarded = act, turns, guarded
        self._known: weakref.WeakSet[Optimizer] = weakref.WeakSet()
        self._handle: Any = None
        self.phases = 0

    def knows(self, optimizer: Optimizer) -> None:
        """It belongs to what is looked at already."""
        self._known.add(optimizer)

    def start(self) -> None:
        """Begin to wait."""
        if self._handle is None and self.phases < MAX_PHASES:
            self._handle = optimizers.register_optimizer_step_post_hook(self._guarded(self._stepped))

    def forget(self) -> None:
        """Wait no more."""
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def _stepped(self, optimizer: Optimizer, *_: Any) -> None:
        if not self._is_last():
            return
        try:
            self._look(optimizer)
        except Exception:
            self.forget()
            raise

    def _look(self, optimizer: Optimizer) -> None:
        if optimizer not in self._known:
            if self._act(None):
                self._known.add(optimizer)
                self.phases += 1
                self.forget()
        elif self._turns.come_next(sys._getframe(2)) and self._act(1):
            self._turns.is_over = True
            self.forget()

    def _is_last(self) -> bool:
        """Whether torch has called all others: its list must not change as long as it goes through it."""
        return self._handle is not None and next(reversed(optimizers._global_optimizer_post_hooks)) == self._handle.id
