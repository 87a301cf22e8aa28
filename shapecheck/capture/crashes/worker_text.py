"""Frames that exist only as text: an error of a DataLoader's worker is raised anew with its traceback inside."""

from __future__ import annotations

import re

from shapecheck.capture.crashes.frames import is_user_file
from shapecheck.capture.crashes.source import source_file
from shapecheck.evidence import Frame, Span

_FRAME = re.compile(r'^  File "(?P<file>[^"\n]+)", line (?P<line>\d+), in (?P<function>\S+)$', re.M)
_MARK = "Original Traceback (most recent call last):"
MAX_FRAMES = 60


def frames_of_text(message: str) -> tuple[Frame, ...]:
    r"""The frames of a traceback that stands in an exception's text, outermost first; empty if there is none.

    >>> text = "Original Traceback (most recent call last):\n  File \"d.py\", line 3, in fetch\n"
    >>> frames_of_text(text)[0].function
    'fetch'
    """
    _, mark, text = message.partition(_MARK)
    if not mark:
        return ()
    found = []
    for match in list(_FRAME.finditer(text))[-MAX_FRAMES:]:
        file, line = match["file"], int(match["line"])
        source = source_file(file)
        statement = source.statement_at(line)
        span = source.header(statement) if statement is not None else Span(file, line, 0, line, 0)
        found.append(Frame(match["function"], span, span, is_user_file(file)))
    return tuple(found)
