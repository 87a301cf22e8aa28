"""Tells the files of libraries, and our own, from those of a user."""

from __future__ import annotations

import site
import sys
import sysconfig
from functools import cache
from pathlib import Path


@cache
def is_of_library(name: str) -> bool:
    """Whether a file lies where Python, its libraries or shapecheck itself are installed."""
    path = str(Path(name).absolute())
    if "site-packages" in path or "dist-packages" in path or is_ours(name):
        return True
    return any(path.startswith((f"{home}/", f"{home}\\")) for home in _homes())


@cache
def is_ours(name: str) -> bool:
    """Whether a file is shapecheck's own."""
    home, path = Path(__file__).parents[1], Path(name)
    # The reference models are somebody's script like any other; they only happen to be installed with us.
    return home in path.parents and home / "models" not in path.parents


@cache
def _homes() -> tuple[str, ...]:
    found = {sysconfig.get_paths().get(name, "") for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {*getattr(site, "getsitepackages", list)(), getattr(site, "getusersitepackages", str)()}
    found |= {str(Path(home).resolve()) for home in found if home} | {str(Path(sys.prefix) / "lib")}
    return tuple(sorted(home.rstrip("/\\") for home in found if home))
