"""Waits, once training was looked at, for a trained model that is asked without gradients where no step has done so."""

from __future__ import annotations

import functools
import sys
import threading
import weakref
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as hooks

from shapecheck.capture.recording.replaced import Replaced
from shapecheck.capture.recording.step import parts_that_learn
from shapecheck.capture.recording.tape import Tape
from shapecheck.capture.recording.user_code import user_spot

_CONTEXTS = (torch.no_grad, torch.inference_mode)


class Ungraded:
    """Told when a model is called in training mode, but without gradients: an evaluation that nobody has announced.

    Teachers, targets and rollouts of a step are called so as well. They are no models that learned, or are called at a
    place of the script that was heard in the steps before. Outside of ``no_grad`` nothing listens.

    Args:
        tape: What was heard of the steps.
        act: Is given the model and what it is called with, once.
    """

    def __init__(self, tape: Tape, act: Callable[[nn.Module, Any], None]) -> None:
        learned = {id(part): part for root in tape.roots if root.graded for part in parts_that_learn(root.module)}
        self._models = [weakref.ref(model) for model in learned.values()]
        spots = [root.spot for root in tape.roots if not root.graded]
        self._known: set[tuple[CodeType, int]] = {spot.place for spot in spots if spot is not None}
        self._act, self._thread = act, threading.get_ident()
        self._handle: Any = None
        self._replaced = Replaced()
        for context in _CONTEXTS:
            self._replaced.put(context, "__enter__", functools.partial(self._told, 1))
            self._replaced.put(context, "__exit__", functools.partial(self._told, -1))
        # What was entered before is left unheard: an evaluation is heard from its first call on.
        self._depth = 0

    def forget(self) -> None:
        """Put back what was there."""
        self._replaced.put_back()
        self._depth = 0
        self._listen()

    def is_new(self, module: nn.Module, frame: FrameType | None) -> bool:
        """Whether a call is one of these."""
        if torch.is_grad_enabled() or not module.training or all(model() is not module for model in self._models):
            return False
        spot = user_spot(frame)
        return spot is not None and spot.place not in self._known

    def _told(self, change: int, original: Callable[..., Any]) -> Callable[..., Any]:
        def told(*args: Any, **named: Any) -> Any:
            if threading.get_ident() == self._thread and self._replaced:
                self._depth = max(self._depth * (not torch.is_grad_enabled()) + change, 0)
                self._listen()
            return original(*args, **named)

        return told

    def _listen(self) -> None:
        if self._depth and self._handle is None:
            self._handle = hooks.register_module_forward_pre_hook(self._called)
        elif not self._depth and self._handle is not None:
            self._handle.remove()
            self._handle = None

    def _called(self, module: nn.Module, inputs: Any) -> None:
        if threading.get_ident() != self._thread:
            return
        is_new = self.is_new(module, sys._getframe(1))
        if is_new or torch.is_grad_enabled() or any(model() is module for model in self._models):
            # Behind a call that was heard in the steps stands what belongs to it.
            self._depth = 0
            self._listen()
        if is_new:
            self.forget()
            self._act(module, inputs)
