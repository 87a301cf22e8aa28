"""Arrays of numpy that become tensors: hears of those that torch is not told of, and how an array was cut before."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch

_Act = Callable[..., Any]


class FromNumpy:
    """Stands in the place of ``torch.from_numpy`` while a script is heard.

    Args:
        hears: Whether anybody listens.
        act: Told of the function, what it was given, and what came out.
    """

    def __init__(self, hears: Callable[[], bool], act: _Act) -> None:
        self._hears, self._act = hears, act
        self._original: _Act | None = None
        self.__name__ = self.__qualname__ = "from_numpy"

    def __reduce__(self) -> tuple[Any, ...]:
        """A script may pickle it, as a dataset's transform: what comes out is torch's, wherever that is."""
        return getattr, (_Torch(), "from_numpy")

    def start(self) -> None:
        """Begin to hear."""
        if self._original is None:
            self._original, torch.from_numpy = torch.from_numpy, self

    def stop(self) -> None:
        """Put back what was there, unless somebody put another in front of it."""
        if self._original is not None and torch.from_numpy is self:
            torch.from_numpy, self._original = self._original, None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make a tensor, as torch does."""
        original = self._original
        if original is None:
            # A script kept it for longer than it was heard.
            return torch.from_numpy(*args, **kwargs)
        result = original(*args, **kwargs)
        if self._hears():
            self._act(original, "from_numpy", ((), {}), args, result)
        return result


class _Torch:
    def __reduce__(self) -> tuple[Any, ...]:
        return import_module, ("torch",)


def cut_from(given: Any) -> tuple[int, ...] | None:
    """The sizes of an item of the array whose numbers another one holds in their order, item by item.

    They may be its own. None where it holds them otherwise, as where axes changed places.

    Args:
        given: As many items as it likes, or a single one without the axis of these.
    """
    whole: Any = getattr(given, "base", None)
    if not (_is_array(given) and _is_array(whole)) or whole.ndim < 3:
        return None
    is_item = given.ndim == whole.ndim - 1
    each = given.nbytes if is_item else given.strides[0] if given.ndim == whole.ndim else -1
    is_plain = given.flags.c_contiguous and whole.flags.c_contiguous
    return tuple(whole.shape[1:]) if is_plain and each == whole.strides[0] else None


def _is_array(value: Any) -> bool:
    return type(value).__module__.split(".")[0] == "numpy" and hasattr(value, "strides")
