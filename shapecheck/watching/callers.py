"""Finds the line of the user's that a warning is about: the one that called the model."""

from __future__ import annotations

import sys

from shapecheck.capture.libraries import is_of_library


def level_of_caller() -> int:
    """The ``stacklevel`` of the nearest line that is no library's and not ours, for who asks; 2 if there is none."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and is_of_library(frame.f_code.co_filename):
        level, frame = level + 1, frame.f_back
    return 2 if is_of_library(frame.f_code.co_filename) else level
