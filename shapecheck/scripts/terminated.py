"""A run that is told to end, as by ``timeout`` or a batch system, says first what was found."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType


@contextmanager
def telling_when_terminated(tell: Callable[[KeyboardInterrupt], None]) -> Iterator[None]:
    """Call something before SIGTERM ends this process, as it would have ended it.

    Where somebody handles the signal, the script among them, it is theirs. Processes that the script forks end at
    once, and a second signal ends the first one's telling.

    Args:
        tell: What to call, with an interruption at the line where the script was.
    """
    process = os.getpid()

    def ends(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        try:
            if os.getpid() == process:
                trace = TracebackType(None, frame, frame.f_lasti, frame.f_lineno) if frame is not None else None
                tell(KeyboardInterrupt(signal.Signals(number).name).with_traceback(trace))
        finally:
            os.kill(os.getpid(), number)

    is_main = threading.current_thread() is threading.main_thread()
    is_free = is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if is_free:
        signal.signal(signal.SIGTERM, ends)
    try:
        yield
    finally:
        with suppress(ValueError):
            if is_free and signal.getsignal(signal.SIGTERM) is ends:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
