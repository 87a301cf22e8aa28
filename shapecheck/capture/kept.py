"""What an object keeps, read where it lies: nothing of the script's own is run, no property and no ``__getattr__``."""

from __future__ import annotations

from collections.abc import Mapping
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any

_OF_PYTHON = (GetSetDescriptorType, MemberDescriptorType)


def kept_by(value: object) -> Mapping[str, Any]:
    """The attributes that an object was given; nothing for a class, and for what has none.

    Args:
        value: The object. A ``__dict__`` or a ``__class__`` that its class makes up is not asked.
    """
    slot: Any = next((vars(kind)["__dict__"] for kind in type(value).__mro__ if "__dict__" in vars(kind)), None)
    held: Any = slot.__get__(value) if type(slot) in _OF_PYTHON else None
    # What keeps its attributes as its own items, ``self.__dict__ = self``, has a dict of another kind.
    return held if type(held) is dict else dict(dict.items(held)) if issubclass(type(held), dict) else {}
