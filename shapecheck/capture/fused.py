"""Sees layers that torch computes in one fused step unless a hook hangs on them: by torch's hooks on all modules.

In evaluation an encoder layer looks whether any hook hangs on it or on its parts, and computes in another way if one
does, with slightly other numbers. Torch's global hooks hang on no module, and change nothing; they are there only while
the watched model runs, so that other modules of the process do not pay for them.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any
from weakref import finalize, ref

from torch import nn
from torch.compiler import is_compiling
from torch.nn.modules import module as torch_modules
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.utils.hooks import RemovableHandle

from shapecheck.capture.copies import Guard, Private, keep_out_of_copies
from shapecheck.capture.hooks import Gate, Point

# What torch notes of a global hook beside the hook, and does not forget when the hook is taken off.
_TABLES: tuple[dict[int, bool], ...] = (
    torch_modules._global_forward_hooks_with_kwargs,
    torch_modules._global_forward_hooks_always_called,
)


class Elsewhere(Private):
    """Tells the points of modules that no hook may hang on. A copy of it is empty, and does nothing.

    Args:
        points: The modules, each with its point, and whether somebody waits for its inputs.
    """

    __slots__ = ("_after", "_before", "_end_of_model", "_handles", "_lock", "_running")

    def __init__(self, points: Mapping[nn.Module, tuple[Point, bool]] | None = None) -> None:
        # By identity, and without holding on to the modules: these hooks outlive a model that is thrown away.
        known = {id(module): (ref(module), *told) for module, told in (points or {}).items()}
        self._after = _After({key: (module, point) for key, (module, point, _) in known.items()})
        gates = {key: (module, Gate(point)) for key, (module, point, is_gated) in known.items() if is_gated}
        self._before = _Before(gates)
        self._handles: list[RemovableHandle] = []
        self._lock = threading.Lock()
        self._running = 0
        self._end_of_model: finalize[..., nn.Module] | None = None

    def until_the_end_of(self, model: nn.Module) -> None:
        """Let the hooks go with the model, where nobody removes them."""
        self._end_of_model = finalize(model, self._drop)
        self._end_of_model.atexit = False

    def begin(self) -> None:
        """A forward begins: hang up the hooks, unless that of another thread has done so."""
        with self._lock:
            self._running += 1
            if not self._handles:
                self._handles.append(register_module_forward_hook(self._after, with_kwargs=True, always_call=True))
                if self._before.gates:
                    self._handles.append(register_module_forward_pre_hook(self._before))

    def end(self) -> None:
        """A forward is over: take the hooks off, unless another thread still runs one."""
        with self._lock:
            self._running = max(self._running - 1, 0)
            if not self._running:
                self._drop()

    def remove(self) -> None:
        """Take the hooks off for good, also those that an interrupted forward left behind."""
        with self._lock:
            self._running = 0
            self._drop()
            if self._end_of_model is not None:
                self._end_of_model.detach()

    def _drop(self) -> None:
        for handle in self._handles:
            handle.remove()
            for table in _TABLES:
                table.pop(handle.id, None)
        self._handles.clear()


def attach_elsewhere(
    model: nn.Module, points: Mapping[nn.Module, tuple[Point, bool]]
) -> list[RemovableHandle | Guard | Elsewhere]:
    """Let the points be told of calls while the model runs; the handles, in this order, end it.

    Args:
        model: The model. Where it is one of these modules itself, the hooks stay until the handles are removed.
        points: The modules, each with its point, and whether somebody waits for its inputs.
    """
    elsewhere = Elsewhere(points)
    elsewhere.until_the_end_of(model)
    if model in points:
        elsewhere.begin()
        return [elsewhere]
    return [
        elsewhere,
        model.register_forward_pre_hook(_Begin(elsewhere), prepend=True),
        model.register_forward_hook(_End(elsewhere), always_call=True),
        keep_out_of_copies(model),
    ]


class _After(Private):
    __slots__ = ("_points",)

    def __init__(self, points: Mapping[int, tuple[ref[nn.Module], Point]] | None = None) -> None:
        self._points = points or {}

    def __call__(self, module: nn.Module, args: tuple[Any, ...], *rest: Any) -> None:
        """Torch calls this behind every module; where the module failed, without its keyword arguments."""
        if is_compiling():
            return
        found = self._points.get(id(module))
        if found is not None and found[0]() is module:
            *kwargs, output = rest
            found[1](module, args, kwargs[0] if kwargs else {}, output, depth=2)


class _Before(Private):
    __slots__ = ("gates",)

    def __init__(self, gates: Mapping[int, tuple[ref[nn.Module], Gate]] | None = None) -> None:
        self.gates = gates or {}

    def __call__(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        """Torch calls this before every module. Keyword arguments are not told: without any other there is nothing."""
        if is_compiling():
            return
        found = self.gates.get(id(module))
        if found is not None and args and found[0]() is module:
            found[1](module, args, {})


class _Begin(Private):
    __slots__ = ("_elsewhere",)

    def __init__(self, elsewhere: Elsewhere | None = None) -> None:
        self._elsewhere = elsewhere

    def __call__(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        if self._elsewhere is not None and not is_compiling():
            self._elsewhere.begin()


class _End(Private):
    __slots__ = ("_elsewhere",)

    def __init__(self, elsewhere: Elsewhere | None = None) -> None:
        self._elsewhere = elsewhere

    def __call__(self, module: nn.Module, args: tuple[Any, ...], output: object) -> None:
        if self._elsewhere is not None and not is_compiling():
            self._elsewhere.end()
