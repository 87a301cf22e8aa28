"""What an object keeps, read where it lies: no property and no ``__getattr__`` of the script's own is run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def kept_by(value: Any) -> Mapping[str, Any]:
    """The attributes that an object was given; nothing for a class, and for what has none.

    Args:
        value: The object.
    """
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return held if isinstance(held, dict) else {}
