"""Waits, once training was looked at, for the first time that a trained model is put into evaluation mode."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable

from torch import nn

from shapecheck.capture.recording.replaced import Replaced


class Awaited:
    """Told when ``eval()`` is called on one of some models; until then nothing listens, and nothing costs anything.

    Args:
        models: The models.
        act: What to do then, once.
    """

    def __init__(self, models: Iterable[nn.Module], act: Callable[[], None]) -> None:
        self._models = [weakref.ref(model) for model in models]
        self._act = act
        self._replaced = Replaced()
        self._replaced.put(nn.Module, "train", self._told)

    def forget(self) -> None:
        """Put back what was there."""
        self._models = []
        self._replaced.put_back()

    def _told(self, original: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
        def train(module: nn.Module, mode: bool = True) -> nn.Module:
            found = original(module, mode)
            if not mode and any(model() is module for model in self._models):
                self.forget()
                self._act()
            return found

        return train
