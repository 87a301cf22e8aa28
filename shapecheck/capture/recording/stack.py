"""The recorder's place on torch's stack of what listens to operations."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.overrides import _get_current_function_mode_stack
from torch.utils._python_dispatch import _disable_current_modes, _get_current_dispatch_mode

from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.replaced import Replaced


class without:  # noqa: N801 - reads like a word
    """Nothing is recorded inside; an own replay under the recorder would only be slow."""

    def __init__(self) -> None:
        self.guard = torch._C.DisableTorchFunction()

    def __enter__(self) -> None:
        with suppress(Exception):
            self.guard.__enter__()

    def __exit__(self, *error: Any) -> None:
        with suppress(Exception):
            self.guard.__exit__(*error)


@contextmanager
def kept_apart() -> Iterator[None]:
    """What is computed inside is nobody else's: a checkpoint round the script's call would count it, as flops would."""
    with ExitStack() as entered:
        with suppress(Exception):
            if _get_current_dispatch_mode() is not None:
                entered.enter_context(_disable_current_modes())
        with suppress(Exception):
            # Only the innermost hooks are asked. A script may have forbidden them, and then has none itself.
            entered.enter_context(saved_tensors_hooks(_as_it_is, _as_it_is))
        yield


def _as_it_is(tensor: torch.Tensor) -> torch.Tensor:
    return tensor


def is_on_stack(recorder: Recorder) -> bool:
    """Whether it listens, be it below somebody else's."""
    stack = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    return any(mode is recorder for mode in stack)


class NextGradient:
    """Told when a script next asks for gradients, before torch does anything: the stack is whole there.

    While an operation is looked at torch has taken what listens off the stack, and puts it back behind it.
    """

    def __init__(self) -> None:
        self._replaced = Replaced()

    def wait(self, act: Callable[[], None]) -> None:
        """Call something then, once."""
        self.forget()
        for home, name in ((torch.Tensor, "backward"), (torch.autograd, "grad")):
            self._replaced.put(home, name, functools.partial(self._told, act))

    def forget(self) -> None:
        """Put back what was there."""
        self._replaced.put_back()

    def _told(self, act: Callable[[], None], original: Callable[..., Any]) -> Callable[..., Any]:
        def told(*args: Any, **kwargs: Any) -> Any:
            self.forget()
            act()
            return original(*args, **kwargs)

        return told
