"""Where a script began, and the streams that there were: it may leave the one and replace the others."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Begun:
    """What there was before the script.

    Args:
        folder: The working directory.
        stdout: What ``sys.stdout`` was.
        stderr: What ``sys.stderr`` was.
    """

    folder: str
    stdout: Any
    stderr: Any

    @classmethod
    def now(cls) -> Begun:
        """As it is now."""
        folder = ""
        with suppress(OSError):
            # The working directory may have been deleted.
            folder = os.getcwd()
        return cls(folder, sys.stdout, sys.stderr)

    def write(self, text: str, *, to_stderr: bool) -> None:
        """Write behind all that the script has written: to the stream of the beginning, or to the one that is there.

        Raises:
            OSError: Neither can be written to.
            ValueError: Both are closed.
        """
        present, first = (sys.stderr, self.stderr) if to_stderr else (sys.stdout, self.stdout)
        with suppress(Exception):
            present.flush()
        for stream in (first, present) if first is not present else (first,):
            try:
                stream.write(text)
                stream.flush()
                return
            except (AttributeError, ValueError):
                # None, closed, or without its buffer.
                continue
        raise ValueError("the script has closed the stream that this would go to")
