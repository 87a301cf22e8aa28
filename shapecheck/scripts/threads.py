"""Keeps the exception that ends a thread of a script, and changes nothing of how python tells of it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_MAKER = "_make_invoke_excepthook"


@dataclass(frozen=True)
class Fallen:
    """A thread that an exception ended.

    Args:
        name: The thread's name.
        error: The exception, with its frames.
        seen: What was asked for at that moment.
    """

    name: str
    error: Exception
    seen: Any


class Threads:
    """Listens from `start` to `stop`; only the first exception is kept, since it keeps alive what its frames hold.

    It is looked at when the script is over: what tries fixes saves the random numbers and puts them back, and the other
    threads may be drawing some.

    Args:
        see: Called in the thread at that moment; what it returns is kept beside the exception.
        tidy: Called with the exception before python prints it.
    """

    def __init__(self, see: Callable[[], Any], tidy: Callable[[BaseException], None]) -> None:
        self.first: Fallen | None = None
        self.count = 0
        self._see, self._tidy = see, tidy
        self._lock = threading.Lock()
        self._made: Callable[[], Callable[[threading.Thread], None]] | None = None

    def start(self) -> None:
        """Begin to listen.

        ``threading.excepthook`` stays as it is, since a script may look at it or put its own there; what calls it is
        made for each thread anew, and that is what is replaced.
        """
        self._made = getattr(threading, _MAKER, None)
        if self._made is not None:
            setattr(threading, _MAKER, self._make)

    def stop(self) -> None:
        """Listen no more to threads that are not yet there."""
        if getattr(threading, _MAKER, None) == self._make:
            setattr(threading, _MAKER, self._made)

    def wait(self) -> None:
        """Wait for the threads that python waits for before it ends, in the way in which it does.

        Raises:
            KeyboardInterrupt: The user did not want to wait.
        """
        shutdown = getattr(threading, "_shutdown", None)
        others = (one for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon)
        if shutdown is not None and any(others):
            # A pool that nobody has shut down ends only by what this calls first; to join its threads would hang.
            shutdown()

    def _make(self) -> Callable[[threading.Thread], None]:
        assert self._made is not None
        tell = self._made()

        def invoke(thread: threading.Thread) -> None:
            error = sys.exc_info()[1]
            if isinstance(error, Exception):
                self._tidy(error)
            tell(thread)
            if isinstance(error, Exception):
                with suppress(Exception):
                    self._keep(thread, error)

        return invoke

    def _keep(self, thread: threading.Thread, error: Exception) -> None:
        with self._lock:
            self.count += 1
            if self.first is None:
                self.first = Fallen(thread.name, error, self._see())
