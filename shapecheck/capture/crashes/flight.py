"""A flight recorder: the shapes of the last module calls, at hardly any cost, for the trace after a crash.

One hook for all modules, which appends a few references to a ring. Nothing is looked up, compared or counted while the
script runs, and no tensor is kept alive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as home
from torch.nn.modules.module import register_module_forward_hook
from torch.nn.utils.rnn import PackedSequence

from shapecheck.capture.crashes.births import record_births

# More calls than one forward of any model that a person reads a trace of.
KEPT = 600
MAX_DEPTH = 4
MAX_ITEMS = 32
_QUESTION = "_has_any_global_hook"


@dataclass(frozen=True, slots=True)
class Ghost:
    """What is kept of a tensor."""

    shape: torch.Size
    dtype: torch.dtype
    batch_sizes: torch.Tensor | None = None


# Which module of which class; what went in and came out, without the numbers; whether it was training; and which tensor
# went in and came out first, by `id`.
Entry = tuple[int, type, Any, Any, bool, tuple[int, int]]


class _Counted(deque[Entry]):
    """A ring that knows how many calls there were."""

    calls = 0

    def append(self, entry: Entry) -> None:
        self.calls += 1
        super().append(entry)


class Flight:
    """Records module calls from `start` to `stop`.

    Args:
        counted: Whether to count all of them, which costs a little more at each.
    """

    def __init__(self, *, counted: bool = False) -> None:
        self.entries: deque[Entry] = _Counted(maxlen=KEPT) if counted else deque(maxlen=KEPT)
        self._hook = _recorder(self.entries.append)
        self._handle: Any = None
        self._births: Any = None
        self._ask: Callable[[], Any] | None = None

    def start(self) -> None:
        """Begin to listen."""
        if self._handle is None:
            self._handle = register_module_forward_hook(self._hook)
            self._births = record_births()
            # A compiled module asks this at each call, and warns of every hook for all modules: so this one goes away
            # before the answer is given, and a run with torch.compile is as it is without us.
            self._ask = getattr(home, _QUESTION, None)
            if self._ask is not None:
                setattr(home, _QUESTION, self._asked)

    def stop(self) -> None:
        """Listen no more; what was recorded stays."""
        if self._handle is not None:
            self._handle.remove()
            self._births.remove()
            self._handle = None
            if getattr(home, _QUESTION, None) == self._asked:
                setattr(home, _QUESTION, self._ask)

    @property
    def calls(self) -> int:
        """How many calls there were, as far as it is known."""
        return getattr(self.entries, "calls", len(self.entries))

    def _asked(self) -> Any:
        self.stop()
        return self._ask() if self._ask is not None else False


def _recorder(append: Callable[[Entry], None]) -> Callable[[nn.Module, Any, Any], None]:
    """The hook: a plain function over plain locals, since it runs at every call of every module."""
    tensor, is_compiling = torch.Tensor, torch.compiler.is_compiling

    def hook(module: nn.Module, args: Any, output: Any) -> None:
        # Under torch.compile this is True while the code is traced, and the rest is never compiled in.
        if is_compiling():
            return
        given = args[0] if len(args) == 1 else None
        # A nested tensor has no shape, and raises where it is asked for one.
        if type(output) is tensor and type(given) is tensor and not (given.is_nested or output.is_nested):
            ends = (id(given), id(output))
            shapes = (given.shape, given.dtype), (output.shape, output.dtype)
            append((id(module), type(module), *shapes, module.training, ends))
            return
        try:
            ends = (id(args[0]) if args else 0, id(output[0] if type(output) is tuple and output else output))
            append((id(module), type(module), _ghost(args, 0), _ghost(output, 0), module.training, ends))
        except Exception:
            # An odd container of somebody's own must not stop the script.
            return

    return hook


def _ghost(value: Any, depth: int) -> Any:
    """The value with a ghost in the place of each tensor, and nothing else that is large."""
    kind = type(value)
    if kind is torch.Tensor or kind is nn.Parameter:
        return None if value.is_nested else (value.shape, value.dtype)
    if isinstance(value, PackedSequence):
        return Ghost(value.data.shape, value.data.dtype, value.batch_sizes)
    if isinstance(value, torch.Tensor):
        # A subclass is asked by way of its own __torch_function__, which is the script's code.
        with torch._C.DisableTorchFunction():
            return (value.shape, value.dtype) if value.layout == torch.strided and not value.is_nested else None
    if isinstance(value, tuple | list) and depth < MAX_DEPTH:
        return [_ghost(item, depth + 1) for item in value[:MAX_ITEMS]]
    if isinstance(value, Mapping) and depth < MAX_DEPTH:
        return {str(key): _ghost(value[key], depth + 1) for key in list(value)[:MAX_ITEMS]}
    return None


def real(ghost: Any) -> Any:
    """The ghosts as meta tensors, for those who read tensors."""
    if isinstance(ghost, tuple):
        return torch.empty(ghost[0], dtype=ghost[1], device="meta")
    if isinstance(ghost, Ghost):
        data = torch.empty(ghost.shape, dtype=ghost.dtype, device="meta")
        return PackedSequence(data, ghost.batch_sizes) if ghost.batch_sizes is not None else data
    if isinstance(ghost, list):
        return tuple(map(real, ghost))
    if isinstance(ghost, dict):
        return {key: real(item) for key, item in ghost.items()}
    return None


def returned(entries: Iterable[Entry], module: nn.Module, given: tuple[Any, ...]) -> Any:
    """What a module returned, on meta tensors, when it was last given tensors of these shapes; None if nobody saw it.

    Args:
        entries: What the recorder has.
        module: The module.
        given: What it was given, in its order.
    """
    for found in reversed(list(entries)):
        if found[0] == id(module) and found[1] is type(module):
            args = real(found[2])
            args = args if isinstance(found[2], list) else (args,)
            if len(args) == len(given) and all(map(_is_alike, args, given)):
                return real(found[3])
    return None


def _is_alike(one: Any, other: Any) -> bool:
    """Whether two are tensors of one shape, or neither is a tensor."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape
    return not isinstance(one, torch.Tensor) and not isinstance(other, torch.Tensor)
