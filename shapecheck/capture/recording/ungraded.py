"""Waits, once training was looked at, for a trained model that is called without gradients at a new place."""

from __future__ import annotations

import functools
import sys
import weakref
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as hooks

from shapecheck.capture.recording.step import has_parameters
from shapecheck.capture.recording.tape import Root, Tape
from shapecheck.capture.recording.user_code import Spot, is_users, user_spot

_BLOCKS = (torch.no_grad, torch.inference_mode, torch.set_grad_enabled)


class Ungraded:
    """Told of the first such call, for evaluations that leave the model in training mode.

    Between the steps of training a model may be called without gradients for many reasons: what it did was heard there,
    and is none of this. Outside of a script's own blocks nothing listens, and nothing costs anything.

    Args:
        models: The models.
        tape: What was heard.
        act: What to do then, once, with the model and what it is given.
    """

    def __init__(self, models: Iterable[nn.Module], tape: Tape, act: Callable[[nn.Module, Any], None]) -> None:
        self._models = [weakref.ref(model) for model in models]
        self._heard = {_place(root.spot) for root in tape.roots if root.spot is not None and _is_ungraded(tape, root)}
        self._act = act
        self._idle: set[tuple[Any, int]] = set()
        self._handle: Any = None
        self._open: dict[int, tuple[Any, int]] = {}
        self._originals = [(block, block.__enter__, block.__exit__) for block in _BLOCKS]
        self._own = [self._watched(*original) for original in self._originals]

    def forget(self) -> None:
        """Put back what was there."""
        self._stop()
        self._models = []
        for (block, enter, leave), own in zip(self._originals, self._own, strict=True):
            if block.__enter__ is own:
                block.__enter__, block.__exit__ = enter, leave  # type: ignore[method-assign]

    def _watched(self, block: Any, enter: Callable[..., Any], leave: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(enter)
        def entered(context: Any) -> Any:
            found = enter(context)
            place = _block_of(sys._getframe(1)) if self._models and not torch.is_grad_enabled() else None
            if place is not None and place not in self._idle:
                self._open[id(context)] = place
                self._start()
            return found

        @functools.wraps(leave)
        def left(context: Any, *given: Any) -> Any:
            place = self._open.pop(id(context), None)
            if place is not None:
                # No model was called in it that was not called there before, and none will be.
                self._idle.add(place)
                if not self._open:
                    self._stop()
            return leave(context, *given)

        block.__enter__, block.__exit__ = entered, left
        return entered

    def _start(self) -> None:
        if self._handle is None:
            self._handle = hooks.register_module_forward_pre_hook(self._called)

    def _stop(self) -> None:
        if self._handle is not None:
            self._handle.remove()
        self._handle = None
        self._open.clear()

    def _called(self, module: nn.Module, inputs: Any) -> None:
        if torch.is_grad_enabled() or not module.training or not any(model() is module for model in self._models):
            return
        spot = user_spot(sys._getframe())
        if spot is not None and has_parameters(module) and _place(spot) not in self._heard:
            self.forget()
            self._act(module, inputs)


def _is_ungraded(tape: Tape, root: Root) -> bool:
    return not any(node.graded for node in tape.nodes[root.first : root.last] if node.function is not None)


def _place(spot: Spot) -> tuple[Any, int]:
    return spot.code, spot.instruction


def _block_of(frame: FrameType | None) -> tuple[Any, int] | None:
    """Where a script itself enters a block, be it by a decorator."""
    if frame is None:
        return None
    if is_users(frame.f_code):
        return frame.f_code, frame.f_lasti
    function = frame.f_locals.get("func") if frame.f_code.co_name == "decorate_context" else None
    code = getattr(function, "__code__", None)
    return (code, -1) if code is not None and is_users(code) else None


__all__ = ["Ungraded"]
