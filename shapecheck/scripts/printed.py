"""What a script prints in a process of its own, read as it comes: a script that prints gigabytes fills nothing."""

from __future__ import annotations

import hashlib
import os
import select

_CHUNK = 1 << 16
_KEPT = 4000
# More than a pipe holds.
_REST = 64


class Printed:
    """A pipe that a process prints into, and what is known of what came through it.

    Attributes:
        end: What the process prints to.
        has_nan: Whether a word of it was nan.
    """

    def __init__(self) -> None:
        self._begin, self.end = os.pipe()
        os.set_blocking(self._begin, False)
        self._hash, self._last, self._word, self.has_nan = hashlib.sha256(), b"", b"", False

    @property
    def digest(self) -> str:
        """The same for two runs that printed the same."""
        return self._hash.hexdigest()

    @property
    def last(self) -> str:
        """The end of it."""
        return self._last.decode(errors="replace")

    def in_child(self) -> int:
        """What to print to, in the process that prints: there nobody reads."""
        os.close(self._begin)
        return self.end

    def read(self, seconds: float) -> bool:
        """Take what has come, and wait so long for something; whether something came."""
        if not select.select([self._begin], [], [], seconds)[0]:
            return False
        chunk = os.read(self._begin, _CHUNK)
        self._hash.update(chunk)
        self._last = (self._last + chunk)[-_KEPT:]
        text = self._word + chunk.lower()
        words = text.split()
        # The last one may go on; one that is long already is not nan.
        self._word = words.pop()[:_KEPT] if words and not text[-1:].isspace() else b""
        self.has_nan = self.has_nan or b"nan" in words
        return True

    def close(self) -> None:
        """Take the rest; the process has ended, and what it left behind may go on printing."""
        for _ in range(_REST):
            if not self.read(0):
                break
        self.has_nan = self.has_nan or self._word == b"nan"
        os.close(self._begin)
        os.close(self.end)
