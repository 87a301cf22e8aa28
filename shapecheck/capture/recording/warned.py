"""Keeps warnings as they would be without a listener: where they point, and how often they are shown."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_IGNORE: Any = ("ignore", None, Warning, None, 0)


@contextmanager
def unwarned() -> Iterator[None]:
    """Show no warning inside, and leave no trace of it.

    ``warnings.catch_warnings`` would make Python forget which warnings it has shown already, and the script's own would
    be printed again.
    """
    filters: Any = warnings.filters
    filters.insert(0, _IGNORE)
    try:
        yield
    finally:
        # Whoever replaced the list meanwhile has put it back by now.
        filters.remove(_IGNORE)


class Redirected:
    """Lets a warning that points at the listener point at the line that it would point at without one.

    Args:
        file: The listener's file.
        between: Ends of the names of files that torch goes through to reach a listener.
    """

    def __init__(self, file: str, between: tuple[str, ...] = ("torch/overrides.py",)) -> None:
        self.file, self.between = file, between
        self._shown: Any = None

    def start(self) -> None:
        """Begin to look at warnings."""
        self._shown = warnings.showwarning
        warnings.showwarning = self._show

    def stop(self) -> None:
        """Put the function back that showed warnings before, unless somebody put another in front of this one."""
        if warnings.showwarning == self._show:
            warnings.showwarning = self._shown

    def _show(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None,
        line: str | None = None,
    ) -> None:  # fmt: skip
        frame = self._caller(sys._getframe(1)) if filename == self.file else None
        if frame is None:
            self._shown(message, category, filename, lineno, file, line)
            return
        # Warned again from there: the filters for that place hold, and Python remembers that it was shown; not that the
        # listener has shown it, or another place would never be told with the same words.
        self._forget(sys._getframe(1))
        names = frame.f_globals
        warnings.warn_explicit(
            message, category, frame.f_code.co_filename, frame.f_lineno, names.get("__name__"),
            names.setdefault("__warningregistry__", {}), names,
        )  # fmt: skip

    def _forget(self, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code.co_filename == self.file:
                frame.f_globals.get("__warningregistry__", {}).clear()
                return
            frame = frame.f_back

    def _caller(self, frame: FrameType | None) -> FrameType | None:
        """Who called what the listener heard of, in the outermost of nested calls of the listener."""
        while frame is not None and frame.f_code.co_filename != self.file:
            frame = frame.f_back
        while frame is not None and frame.f_code.co_filename == self.file:
            frame = frame.f_back
        if frame is None or not frame.f_code.co_filename.endswith(self.between):
            return frame
        while frame is not None and frame.f_code.co_filename.endswith(self.between):
            frame = frame.f_back
        # The function that sent its call to the listener.
        return frame.f_back if frame is not None else None
