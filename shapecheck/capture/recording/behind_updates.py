"""Waits, once training was looked at, for a trained model that is asked at a new place behind an update."""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as hooks
from torch.optim import optimizer as optimizers

from shapecheck.capture.recording.evaluated import places_of_training
from shapecheck.capture.recording.step import has_parameters
from shapecheck.capture.recording.tape import Tape
from shapecheck.capture.recording.user_code import user_spot


class BehindUpdates:
    """Told when a model is called with gradients where no step has called it: nobody needs them for a measure.

    From each update of an optimizer on it listens to the calls up to the first one of a model that has learned. Within
    training that is the next step, which stands where the steps before stood. What turns out to train as well, since a
    backward follows, was none.

    Args:
        tape: What was heard of the steps.
        act: Is given the model and what it is called with, once.
    """

    def __init__(self, tape: Tape, act: Callable[[nn.Module, Any], None]) -> None:
        learned = {id(root.module): root.module for root in tape.roots if root.graded and has_parameters(root.module)}
        self._models = [weakref.ref(model) for model in learned.values()]
        self._known = places_of_training(tape)
        self._act, self._thread = act, threading.get_ident()
        self._calls: Any = None
        # Not behind the step: who waits there for another optimizer must be the last, as torch is at its list still.
        self._updates: Any = optimizers.register_optimizer_step_pre_hook(self._steps)

    def forget(self) -> None:
        """Listen no more."""
        for handle in (self._calls, self._updates):
            if handle is not None:
                handle.remove()
        self._calls = self._updates = None

    def is_new(self, module: nn.Module, frame: FrameType | None) -> bool:
        """Whether a call is one of these."""
        if not torch.is_grad_enabled() or not self._has_learned(module):
            return False
        spot = user_spot(frame)
        return spot is not None and spot.place not in self._known

    def _has_learned(self, module: nn.Module) -> bool:
        return any(model() is module for model in self._models)

    def _steps(self, *_: Any) -> None:
        if threading.get_ident() == self._thread and self._calls is None and self._updates is not None:
            self._calls = hooks.register_module_forward_pre_hook(self._called)

    def _called(self, module: nn.Module, inputs: Any) -> None:
        if threading.get_ident() != self._thread or not self._has_learned(module):
            return
        if self._calls is not None:
            self._calls.remove()
            self._calls = None
        if self.is_new(module, sys._getframe(1)):
            self.forget()
            self._act(module, inputs)
