"""Functions of torch with the recorder's own in their place, until they are put back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


class Replaced:
    """What was put in the place of what; somebody else's that came on top of it is left as it is."""

    def __init__(self) -> None:
        self._all: list[tuple[Any, str, Any, Any]] = []

    def __bool__(self) -> bool:
        return bool(self._all)

    def put(self, home: Any, name: str, around: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        """Put another function in the place of one.

        Args:
            home: The class, or the module, that has it.
            name: Its name there.
            around: Makes the other one of it.
        """
        original = getattr(home, name)
        own = functools.wraps(original)(around(original))
        self._all.append((home, name, original, own))
        setattr(home, name, own)

    def put_back(self) -> None:
        """Put back what was there."""
        for home, name, original, own in self._all:
            if getattr(home, name) is own:
                setattr(home, name, original)
        self._all = []
