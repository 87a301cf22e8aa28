"""Waits, once training was looked at, for the trained model to be evaluated, be that announced or not."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from torch import nn

from shapecheck.capture.recording.replaced import Replaced
from shapecheck.capture.recording.step import has_parameters
from shapecheck.capture.recording.tape import Tape
from shapecheck.capture.recording.ungraded import Ungraded


class _Awaited:
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


# What nobody announces may turn out to measure nothing; so often it is listened to.
MAX_TRIES = 3


class Waiting:
    """Listens for an evaluation, once.

    Args:
        tape: What was heard of the steps.
        announced: Called when ``eval()`` was.
        unannounced: Given a model that is called without it, and what it is called with.
    """

    def __init__(
        self, tape: Tape, announced: Callable[[], None], unannounced: Callable[[nn.Module, Any], None]
    ) -> None:
        self._tape, self._announced, self._unannounced = tape, announced, unannounced
        self._awaited: _Awaited | None = None
        self._ungraded: Ungraded | None = None
        self._tries = 0
        self.has_begun = False

    def begin(self) -> None:
        """Wait; what was waited for before is not waited for twice."""
        self.forget()
        self.has_begun = True
        models = {id(root.module): root.module for root in self._tape.roots if has_parameters(root.module)}
        self._awaited = _Awaited(models.values(), self._announced)
        if self._tries < MAX_TRIES:
            self._tries += 1
            self._ungraded = Ungraded(self._tape, self._unannounced)

    def forget(self) -> None:
        """Wait no more."""
        for waits in (self._awaited, self._ungraded):
            if waits is not None:
                waits.forget()
        self._awaited = self._ungraded = None

    def is_unannounced(self, module: nn.Module, frame: FrameType | None) -> bool:
        """Whether a call of a model begins an evaluation that nobody has announced."""
        return self._ungraded is not None and self._ungraded.is_new(module, frame)
