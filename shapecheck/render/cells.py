"""A line of a file as people know it: by its path, or, in a notebook, by its cell, as IPython prints it."""

from __future__ import annotations

import os
import sys


def line_of(file: str, line: int) -> str:
    """``"train.py:14"``, or ``"Cell In[3], line 14"`` for what was typed into a running IPython.

    >>> line_of("train.py", 14)
    'train.py:14'
    """
    cell = _cell(file) or _cell(os.path.abspath(file))
    return f"{cell}, line {line}" if cell else f"{file}:{line}"


def _cell(file: str) -> str:
    home = sys.modules.get("IPython")
    try:
        shell = home.get_ipython() if home is not None else None
        named = shell.compile.format_code_name(file) if shell is not None else None
    except Exception:
        # Another shell, or an older one.
        return ""
    return " ".join(named) if named else ""
