"""The hooks that hang on a watched model: small objects, which no copy of it has."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from types import FrameType
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.compiler import is_compiling
from torch.utils.hooks import RemovableHandle

from shapecheck.capture.copies import Guard, Private, keep_out_of_copies
from shapecheck.capture.ledger import Seen
from shapecheck.capture.likeness import Last
from shapecheck.capture.signature import signature

# A subclass of Tensor has its own __torch_function__ called for each shape that is read, and that is the user's code.
_Unheard = torch._C.DisableTorchFunction
_tracing_state = torch._C._get_tracing_state
_compiler_at_work: Callable[[], object] = getattr(torch._C._dynamo.eval_frame, "get_eval_frame_callback", lambda: None)


class Listener(Protocol):
    """Who is told of the calls."""

    armed: int

    def began(self, point: Point, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A module is about to run."""

    def passed(self, point: Point, last: Last) -> bool:
        """A module has run that counts in the protocol, or is the model itself, with the shapes of the last time.

        Returns False where more is to be done; then `ended` is called.
        """

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


class Point(Private):
    """The hook behind one module, and all that the watcher keeps of that module.

    While the shapes are those of the call before, it compares them, counts, and does nothing else.
    A copy of the model, deep or pickled, is without it: the copy does not speak for the original.

    Args:
        paths: Every path of the module in the model; the first one names it.
        listener: Who is told of calls with other shapes; None makes it inert.
    """

    __slots__ = ("is_quiet", "known", "known_inputs", "last", "last_inputs", "listener", "paths")

    def __init__(self, paths: tuple[str, ...] = (), listener: Listener | None = None) -> None:
        self.paths, self.listener = paths, listener
        # Whether a call that is like the last one needs no more than to be counted.
        self.is_quiet = True
        self.known: dict[Hashable, Seen] = {}
        self.known_inputs: dict[Hashable, Last] = {}
        self.last: Last | None = None
        self.last_inputs: Last | None = None

    @property
    def path(self) -> str:
        """The path that names the module."""
        return self.paths[0]

    def remember(
        self, seen: Seen, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: object
    ) -> None:
        """Let calls like this one pass with one comparison from now on."""
        # Somebody else's hook may put anything in the place of what the layer gave.
        only_ours = all(isinstance(hook, Private) for hook in module._forward_hooks.values())
        is_known = only_ours and seen.outcome is not None and seen.outcome.accepted
        self.last = Last(module.training, args, kwargs, output, seen, is_known=is_known)

    def inputs(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], limit: int
    ) -> tuple[Hashable, bool]:
        """A key that calls with inputs like these share, and whether it is a new one.

        Args:
            module: The module.
            args: The positional arguments.
            kwargs: The keyword arguments.
            limit: How many keys are kept; beyond them the key is the signature itself, and is not new.
        """
        last = self.last_inputs
        if last is not None and last.is_like(module.training, args, kwargs):
            return last, False
        found = signature((args, kwargs, module.training))
        known = self.known_inputs.get(found)
        if known is None:
            if len(self.known_inputs) >= limit:
                return (self.path, found), False
            self.last_inputs = self.known_inputs.setdefault(found, Last(module.training, args, kwargs))
            return self.last_inputs, True
        self.last_inputs = known
        return known, False

    def __call__(
        self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: object, depth: int = 1
    ) -> None:
        """Torch calls this when the module has run, or has failed; another hook in its stead is one ``depth`` more."""
        # First, and as torch spells it, so that the compiler sees a constant and drops the rest. While torch.jit
        # traces, even a comparison of shapes would be recorded.
        if is_compiling() or _tracing_state() is not None:
            return
        last, listener = self.last, self.listener
        if listener is None:
            return
        if last is not None and not listener.armed:
            if last.is_single:
                # Spelled out: in a model of many small layers, even calling a function here would be felt.
                tensor = args[0] if args else None
                is_like = (
                    type(tensor) is Tensor
                    and type(output) is Tensor
                    and len(args) == 1
                    and not kwargs
                    and not tensor.is_nested
                    and tensor.shape == last.shape
                    and tensor.dtype is last.dtype
                    and output.dtype is last.output_dtype
                    and tensor.is_cpu is last.is_cpu
                    and module.training is last.training
                )
            else:
                with _Unheard():
                    is_like = last.is_like(module.training, args, kwargs, output)
            if is_like and self.is_quiet:
                last.tick()
                return
            if is_like and listener.passed(self, last):
                return
        error = None if output is not None else _error_of(sys._getframe(depth))
        with _Unheard():
            listener.ended(self, module, args, kwargs, output, error)


class Gate(Private):
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
            with _Unheard():
                point.listener.began(point, module, args, kwargs)


def attach(module: nn.Module, point: Point, *, gate: bool) -> list[RemovableHandle | Guard]:
    """Hang the hooks on a module; the handles, in this order, take them off again."""
    handles: list[RemovableHandle | Guard] = [module.register_forward_hook(point, with_kwargs=True, always_call=True)]
    if gate:
        handles.append(module.register_forward_pre_hook(Gate(point), with_kwargs=True))
    return [*handles, keep_out_of_copies(module)]


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


def is_under_compiler() -> bool:
    """Whether torch.compile is at work: it traces this, or has given this up and tries what it calls."""
    return is_compiling() or _compiler_at_work() is not None


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
