"""Modules that hand their whole forward to one kernel, which nobody can listen into: they are one operation."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as hooks

from shapecheck.capture.recording.arguments import with_refs
from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.tape import Node, tensors_in
from shapecheck.capture.recording.user_code import user_spot

# In evaluation they do so, but not while somebody listens to operations; the sum of many small ones differs in its
# last bits.
_FUSED = (nn.TransformerEncoder, nn.TransformerEncoderLayer, nn.MultiheadAttention)
_CALLERS = 3
# Older versions of torch do not tell what a module was given by name.
_TELLS_NAMES = "with_kwargs" in inspect.signature(hooks.register_module_forward_hook).parameters


def is_fused(module: nn.Module) -> bool:
    """Whether a module may take torch's fast path for inference."""
    if not isinstance(module, _FUSED) or module.training:
        return False
    return not torch.is_grad_enabled() or not any(parameter.requires_grad for parameter in module.parameters())


def is_one_operation(node: Node) -> bool:
    """Whether a node stands for all that such a module did."""
    return isinstance(node.function, _Whole)


def when_left(hook: Callable[..., None]) -> Any:
    """Have a hook called with each module, its inputs, those given by name if torch tells, and what it returned."""
    if _TELLS_NAMES:
        return _Handle(hooks.register_module_forward_hook(hook, always_call=True, with_kwargs=True))
    return hooks.register_module_forward_hook(hook, always_call=True)


class _Handle:
    """Takes a hook away, and what torch leaves behind of one that is told names."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def remove(self) -> None:
        """Take it away."""
        self._handle.remove()
        getattr(hooks, "_global_forward_hooks_with_kwargs", {}).pop(self._handle.id, None)


def add_as_one(recorder: Recorder, module: nn.Module, inputs: Any, *rest: Any) -> None:
    """Write the call of a module as one operation, unless that would call hooks of somebody else once more.

    Args:
        recorder: Writes it.
        module: The module.
        inputs: What it was given.
        rest: What it was given by name, if torch tells, and what it returned.
    """
    parts = list(module.modules())
    is_heard = len(rest) == 2 and not recorder.is_paused and next(tensors_in(rest[1]), None) is not None
    if not is_heard or any(part._forward_hooks or part._forward_pre_hooks for part in parts):
        return
    named, output = rest
    root = len(recorder.tape.roots) - 1 if recorder.modules else -1
    spot = user_spot(sys._getframe(2), _CALLERS)
    tape = recorder.tape
    refs = with_refs(inputs, tape), with_refs(named, tape)
    tape.add(_Whole(module), "forward", *refs, output, spot, module, root)


class _Whole:
    """A module as one function, as it is in evaluation."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with self._in_evaluation():
            return self.module.forward(*args, **kwargs)

    @contextmanager
    def _in_evaluation(self) -> Any:
        before = [(part, part.training) for part in self.module.modules()]
        try:
            for part, _ in before:
                part.training = False
            yield
        finally:
            for part, training in before:
                part.training = training
