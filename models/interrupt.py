"""Ctrl-C as a request to stop, so that what was learned so far is kept."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class StopRequest:
    """Whether somebody asked to stop."""

    is_made: bool = False


@contextmanager
def stop_on_ctrl_c(tell: Callable[[], None]) -> Iterator[StopRequest]:
    """Take the first Ctrl-C as a request, to be met between two updates: an exception could come in the middle of one.

    The second Ctrl-C raises ``KeyboardInterrupt``, as ever.

    Args:
        tell: Called at the first Ctrl-C, to say what happens now.
    """
    request = StopRequest()
    # Python delivers signals to the main thread only and lets nobody else ask for them.
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def ask(number: int, frame: FrameType | None) -> None:
        if request.is_made:
            raise KeyboardInterrupt
        request.is_made = True
        tell()

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield request
    finally:
        signal.signal(signal.SIGINT, before)
