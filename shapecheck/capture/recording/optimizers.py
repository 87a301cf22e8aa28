"""Where a script makes its optimizers, and what each of them was given."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from torch import nn
from torch.optim import Optimizer

from shapecheck.capture.recording.replaced import Replaced
from shapecheck.capture.recording.user_code import Spot, user_spot


class Optimizers:
    """Remembers the optimizers that are made between `start` and `forget`."""

    def __init__(self) -> None:
        self._made: weakref.WeakKeyDictionary[Optimizer, Spot] = weakref.WeakKeyDictionary()
        self._replaced = Replaced()

    def start(self) -> None:
        """Begin to look at what is made."""
        self._replaced.put(Optimizer, "__init__", self._noted)

    def forget(self) -> None:
        """Put back what was there."""
        self._replaced.put_back()

    def _noted(self, original: Callable[..., Any]) -> Callable[..., Any]:
        made = self._made

        def init(optimizer: Any, *args: Any, **kwargs: Any) -> None:
            original(optimizer, *args, **kwargs)
            with suppress(Exception):
                spot = user_spot(sys._getframe(1))
                if spot is not None:
                    made[optimizer] = spot

        return init

    def holding(self, parameter: nn.Parameter) -> Spot | None:
        """Where the last optimizer was made that holds a parameter; None if none does."""
        found = [spot for optimizer, spot in self._made.items() if parameter_in(optimizer, parameter)]
        return found[-1] if found else None


def parameter_in(optimizer: Any, parameter: nn.Parameter) -> bool:
    """Whether an optimizer holds a parameter."""
    return any(each is parameter for group in optimizer.param_groups for each in group["params"])
