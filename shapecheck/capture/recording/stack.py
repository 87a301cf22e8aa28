"""The recorder's place on torch's stack of what listens to operations."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import torch
from torch.overrides import _get_current_function_mode_stack

from shapecheck.capture.recording.recorder import Recorder


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


def is_on_stack(recorder: Recorder) -> bool:
    """Whether it listens, be it below somebody else's."""
    stack = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
    return any(mode is recorder for mode in stack)


__all__ = ["is_on_stack", "without"]
