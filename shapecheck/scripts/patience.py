"""Says on a terminal which step an audit is looking at, where that takes long enough for somebody to wonder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

# A look that is over by then needs no word.
SECONDS = 1.0


class Patience:
    """One line for each look that takes long.

    Args:
        stream: Where it is said, if it is a terminal; None if nothing is to be said.
        seconds: What is long.
    """

    def __init__(self, stream: TextIO | None, seconds: float = SECONDS) -> None:
        self._seconds, self._stream = seconds, None
        with suppress(Exception):
            self._stream = stream if stream is not None and stream.isatty() else None

    @contextmanager
    def looking(self, what: str) -> Iterator[None]:
        """While something is looked at."""
        if self._stream is None:
            yield
            return
        timer = threading.Timer(self._seconds, self._say, (what,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _say(self, what: str) -> None:
        with suppress(Exception):
            print(f"shapecheck: looking at {what} ...", file=self._stream, flush=True)
