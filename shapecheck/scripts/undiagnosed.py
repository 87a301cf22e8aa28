"""Reports of runs that ended well, and of crashes that torch had no part in; nothing here imports torch."""

from __future__ import annotations

import textwrap
import traceback
from dataclasses import replace
from shutil import get_terminal_size

from shapecheck.findings import Crash, NotChecked, Report

ONLY_CRASHES = NotChecked("mistakes that do not crash", "shapecheck run looks at what raises an exception")
LEFT = NotChecked(
    "why the script left with a status that is not zero", "it left of its own accord; no exception was there to look at"
)
INTERRUPTED = NotChecked("what would have come after", "the script was interrupted")
MAX_MESSAGE = 20_000
MAX_WIDTH = 100


def of_a_good_end(script: str, status: int = 0) -> Report:
    """The report of a run without an exception; with another status than 0 nothing can be called checked."""
    if status:
        return Report(None, (), (), (LEFT, ONLY_CRASHES), script)
    return Report(None, (), ("that the run ends without an exception",), (ONLY_CRASHES,), script)


def of_an_interruption(exception: BaseException, script: str) -> Report:
    """The report of a run that somebody stopped: nothing failed, and what would have followed was not seen."""
    stopped = of_an_exception(exception, script, "")
    return replace(stopped, not_checked=(INTERRUPTED, ONLY_CRASHES))


def good_end_text(script: str, status: int = 0) -> str:
    """What is printed after such a run: without the renderers, whose import would be half the cost of the command."""
    name = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in script[:100])
    said = (
        f"left with status {status} of its own accord; no exception was there to look at."
        if status
        else "ran to its end without an exception. That is all that was looked at: a run that ends may still compute "
        "something else than was meant."
    )
    columns = max(min(get_terminal_size((100, 24)).columns, MAX_WIDTH), 40)
    return textwrap.fill(f"shapecheck: {name} {said}", columns, break_on_hyphens=False) + "\n"


def of_an_exception(exception: BaseException, script: str, why: str) -> Report:
    """The report of an exception of which no more can be said than python does.

    Args:
        exception: The exception.
        script: What was run.
        why: Why its cause was not looked for.
    """
    frames = traceback.extract_tb(exception.__traceback__)
    file, line = (frames[-1].filename, frames[-1].lineno or 0) if frames else (script, 0)
    if isinstance(exception, SyntaxError) and not frames:
        file, line = exception.filename or script, exception.lineno or 0
    try:
        message = str(exception)[:MAX_MESSAGE]
    except Exception:
        message = f"<a {type(exception).__name__} that cannot be printed>"
    crash = Crash(type(exception).__name__, message, file, line)
    return Report(None, (), (), (NotChecked("the cause of the exception", why), ONLY_CRASHES), script, crash)
