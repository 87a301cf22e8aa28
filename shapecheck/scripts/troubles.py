"""Says in one line that shapecheck itself failed; the user's own error is never hidden behind ours."""

from __future__ import annotations

import contextlib
import sys

from shapecheck.errors import let_through


def tell_trouble(what: str, error: BaseException) -> None:
    """Print one line on stderr, never a traceback.

    Args:
        what: What there will not be because of it.
        error: What went wrong.
    """
    let_through(error)
    try:
        text = f"{type(error).__name__}: {error}".split("\n")[0][:200]
    except Exception:
        text = type(error).__name__
    with contextlib.suppress(Exception):
        print(f"shapecheck: {what}: shapecheck itself failed ({text}); the script's own error stands", file=sys.stderr)
