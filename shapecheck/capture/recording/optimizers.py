"""Where a script makes its optimizers, and what each of them was given."""

from __future__ import annotations

import functools
import sys
import weakref
from contextlib import suppress
from typing import Any

from torch import nn
from torch.optim import Optimizer

from shapecheck.capture.recording.user_code import Spot, user_spot


class Optimizers:
    """Remembers the optimizers that are made between `start` and `forget`."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Optimizer, Spot] = weakref.WeakKeyDictionary()
        self._original: Any = None
        self._own: Any = None

    def start(self) -> None:
        """Begin to look at what is made."""
        self._original = original = Optimizer.__init__
        made = self._made

        @functools.wraps(original)
        def init(optimizer: Any, *args: Any, **kwargs: Any) -> None:
            original(optimizer, *args, **kwargs)
            with suppress(Exception):
                spot = user_spot(sys._getframe(1))
                if spot is not None:
                    made[optimizer] = spot

        self._own = init
        Optimizer.__init__ = init  # type: ignore[assignment, method-assign]

    def forget(self) -> None:
        """Put back what was there."""
        if self._own is not None and Optimizer.__init__ is self._own:
            Optimizer.__init__ = self._original  # type: ignore[method-assign]
        self._own = None

    def holding(self, parameter: nn.Parameter) -> Spot | None:
        """Where the last optimizer was made that holds a parameter; None if none does."""
        found = [spot for optimizer, spot in self._made.items() if parameter_in(optimizer, parameter)]
        return found[-1] if found else None


def parameter_in(optimizer: Any, parameter: nn.Parameter) -> bool:
    """Whether an optimizer holds a parameter."""
    return any(each is parameter for group in optimizer.param_groups for each in group["params"])
