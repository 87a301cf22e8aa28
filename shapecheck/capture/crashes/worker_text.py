"""Frames that exist only as text: an error of another process is raised anew with its traceback inside."""

from __future__ import annotations

import re

from shapecheck.capture.crashes.frames import is_user_file
from shapecheck.capture.crashes.source import source_file
from shapecheck.evidence import Frame, Span

_FRAME = re.compile(r'^  File "(?P<file>[^"\n]+)", line (?P<line>\d+), in (?P<function>\S+)$', re.M)
# Of a loader, of torch.multiprocessing.spawn, of a pool of processes.
_MARKS = (
    "Original Traceback (most recent call last):",
    "terminated with the following error:\nTraceback (most recent call last):",
    '"""\nTraceback (most recent call last):',
)
MAX_FRAMES = 60


def frames_of_text(message: str) -> tuple[Frame, ...]:
    r"""The frames of a traceback that stands in an exception's text, outermost first; empty if there is none.

    >>> text = "Original Traceback (most recent call last):\n  File \"d.py\", line 3, in fetch\n"
    >>> frames_of_text(text)[0].function
    'fetch'
    """
    mark = next((mark for mark in _MARKS if mark in message), "")
    if not mark:
        return ()
    _, _, text = message.partition(mark)
    found = []
    for match in list(_FRAME.finditer(text))[-MAX_FRAMES:]:
        file, line = match["file"], int(match["line"])
        source = source_file(file)
        statement = source.statement_at(line)
        span = source.header(statement) if statement is not None else Span(file, line, 0, line, 0)
        found.append(Frame(match["function"], span, span, is_user_file(file)))
    return tuple(found)
