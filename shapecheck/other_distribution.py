"""Says so when the other distribution that owns the import name ``shapecheck`` is installed beside ours.

``importlib.metadata`` would answer the same question, but importing it alone takes longer than ``--help`` may: the
names of the metadata folders say enough.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable

NAME = "shapecheck"
OURS = "shapecheck-torch"


def warn_of_other_distribution() -> None:
    """Warn once if the distribution ``shapecheck``, which is not ours, is installed.

    Both the package and the command ask, since either may be what is left of ours.
    """
    version = other_version(sys.path)
    if version is not None:
        warnings.warn(message(version), stacklevel=1)


def other_version(path: Iterable[str]) -> str | None:
    """The version of the other distribution, ``""`` if its metadata does not tell, or None if it is not installed.

    Args:
        path: The folders in which to look, as in ``sys.path``.
    """
    for folder in path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for entry in names:
            stem, suffix = os.path.splitext(entry)
            name, _, version = stem.partition("-")
            if suffix in (".dist-info", ".egg-info") and name.lower() == NAME:
                return version.partition("-")[0]
    return None


def message(version: str) -> str:
    """What to say: who is in the way, what happens, and what to do."""
    other = f"{NAME} {version}".strip()
    return (
        f"the distribution {other!r} is installed beside {OURS!r}, and both have the import name {NAME!r}: files of "
        f"one hide or overwrite those of the other. Run 'pip uninstall {NAME}', then install {OURS} again with "
        "'--force-reinstall --no-deps', since the two share files"
    )
