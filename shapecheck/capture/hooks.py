"""The hooks that hang on a watched model: small objects that can be copied and pickled with it."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from types import FrameType
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.compiler import is_compiling
from torch.utils.hooks import RemovableHandle

from shapecheck.capture.ledger import Seen

_tracing_state = torch._C._get_tracing_state


class Listener(Protocol):
    """Who is told of the calls."""

    armed: int

    def began(self, point: Point, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A module is about to run."""

    def ended(
        self,
        point: Point,
        module: nn.Module,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: object,
        error: BaseException | None,
    ) -> None:
        """A module has run, or failed with an error."""


class Point:
    """The hook behind one module, and all that the watcher keeps of that module.

    While the shapes are those of the call before, it compares them, counts, and does nothing else.
    In a copy of the model, deep or pickled, it is inert: the copy does not speak for the original.

    Args:
        paths: Every path of the module in the model; the first one names it.
        listener: Who is told of calls with other shapes; None makes it inert.
    """

    __slots__ = ("known", "known_inputs", "last", "listener", "paths")

    def __init__(self, paths: tuple[str, ...] = (), listener: Listener | None = None) -> None:
        self.paths, self.listener = paths, listener
        self.known: dict[Hashable, Seen] = {}
        self.known_inputs: set[Hashable] = set()
        self.last: _Last | None = None

    @property
    def path(self) -> str:
        """The path that names the module."""
        return self.paths[0]

    def remember(self, seen: Seen, module: nn.Module, args: tuple[Any, ...], output: object) -> None:
        """Let calls like this one pass with one comparison from now on, if they are of one tensor in and one out."""
        if len(args) == 1 and type(args[0]) is Tensor and type(output) is Tensor:
            self.last = _Last(args[0], output, module.training, seen)

    def __call__(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: object) -> None:
        """Torch calls this when the module has run, or has failed."""
        # First, and as torch spells it, so that the compiler sees a constant and drops the rest. While torch.jit
        # traces, even a comparison of shapes would be recorded.
        if is_compiling() or _tracing_state() is not None:
            return
        last, listener = self.last, self.listener
        if listener is None:
            return
        plain = last is not None and len(args) == 1 and not (kwargs or listener.armed)
        if plain and last.is_like(module, args[0], output):  # type: ignore[union-attr]
            last.tick()  # type: ignore[union-attr]
            return
        error = None if output is not None else _error_of(sys._getframe(1))
        listener.ended(self, module, args, kwargs, output, error)

    def __deepcopy__(self, memo: dict[int, Any]) -> Point:
        return Point()

    def __reduce__(self) -> tuple[type[Point], tuple[()]]:
        return Point, ()


class Gate:
    """The hook before a module: before the model itself, and where a protocol names what goes in.

    Args:
        point: The hook behind the same module; None makes it inert.
    """

    __slots__ = ("point",)

    def __init__(self, point: Point | None = None) -> None:
        self.point = point

    def __call__(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Torch calls this when the module is about to run."""
        if is_compiling() or _tracing_state() is not None:
            return
        point = self.point
        if point is not None and point.listener is not None:
            point.listener.began(point, module, args, kwargs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Gate:
        return Gate()

    def __reduce__(self) -> tuple[type[Gate], tuple[()]]:
        return Gate, ()


def attach(module: nn.Module, point: Point, *, gate: bool) -> list[RemovableHandle]:
    """Hang the hooks on a module; the handles take them off again."""
    handles = [module.register_forward_hook(point, with_kwargs=True, always_call=True)]
    if gate:
        handles.append(module.register_forward_pre_hook(Gate(point), with_kwargs=True))
    return handles


class _Last:
    """The last call of a module with one tensor in and one out."""

    __slots__ = ("in_dtype", "in_shape", "out_dtype", "out_shape", "tick", "training")

    def __init__(self, tensor: Tensor, output: Tensor, training: bool, seen: Seen) -> None:
        self.in_shape, self.in_dtype = tensor.shape, tensor.dtype
        self.out_shape, self.out_dtype = output.shape, output.dtype
        self.training, self.tick = training, seen.tick

    def is_like(self, module: nn.Module, tensor: object, output: object) -> bool:
        """Whether a call has the same shapes and dtypes, in the same mode."""
        try:
            return (
                type(tensor) is Tensor
                and type(output) is Tensor
                and tensor.shape == self.in_shape
                and output.shape == self.out_shape
                and tensor.dtype is self.in_dtype
                and output.dtype is self.out_dtype
                and module.training is self.training
            )
        except RuntimeError:
            # A nested tensor has no shape.
            return False


def _error_of(caller: FrameType) -> BaseException | None:
    """The exception that ended the forward, or None if the forward returned None.

    Both come with no output. An exception that is being handled may be a stranger's, since a forward can be called
    within somebody's ``except`` block; the one that ended this forward was caught by the very frame that calls us.
    """
    error = sys.exception()
    if error is None or error.__traceback__ is None or error.__traceback__.tb_frame is not caller:
        return None
    return error


def is_tracing() -> bool:
    """Whether torch is recording a graph: whatever we did then would be recorded too."""
    return is_compiling() or _tracing_state() is not None


def is_early_stop(error: BaseException | None) -> bool:
    """Whether checkpointing ended a second forward early on purpose: it has all that it needs, nothing failed."""
    return type(error).__name__ == "_StopRecomputationError"


def is_running_twice(module: nn.Module) -> bool:
    """Whether a module that is about to run is running already, further up this thread's stack."""
    frame: FrameType | None = sys._getframe()
    calls = 0
    while frame is not None:
        if frame.f_code is _CALL and frame.f_locals.get("self") is module:
            calls += 1
        frame = frame.f_back
    return calls > 1


_CALL = nn.Module._call_impl.__code__
