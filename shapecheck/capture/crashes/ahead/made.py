"""Objects that are made anew, as a changed constructor would make them: on meta, by reading ``__init__``."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType
from typing import Any

import torch
from torch import nn

from shapecheck.capture.crashes.ahead.settings import holds_settings, is_generated
from shapecheck.capture.crashes.functions import user_function
from shapecheck.capture.crashes.shapes import UNKNOWN

_MAX_DEPTH = 8


class Remade:
    """What is made anew, beside what stands ready."""

    def __init__(self) -> None:
        self.pairs: dict[int, Any] = {}
        self._kept: list[Any] = []

    def has(self, value: Any) -> bool:
        """Whether another stands for an object."""
        return id(value) in self.pairs

    def get(self, value: Any) -> Any:
        """What stands for an object: itself, or what was made in its place; UNKNOWN where that could not be read."""
        return self.pairs.get(id(value), value)

    def instead_of(self, names: Mapping[str, Any]) -> dict[str, Any]:
        """Those of some names that another object stands for."""
        return {name: self.pairs[id(value)] for name, value in names.items() if id(value) in self.pairs}

    def put(self, ready: Any, new: Any, depth: int = 0) -> None:
        """Take a new object, with all that it holds, for one that stands ready."""
        if depth > _MAX_DEPTH or self.has(ready) or ready is new:
            return
        if isinstance(ready, torch.Tensor):
            if new is UNKNOWN or not isinstance(new, torch.Tensor) or new.shape != ready.shape:
                self._keep(ready, new)
            return
        if not isinstance(ready, nn.Module) and not _is_followed(type(ready)):
            return
        self._keep(ready, new)
        for name, held in {**getattr(ready, "__dict__", {}), **getattr(ready, "_modules", {})}.items():
            if isinstance(held, nn.Module) or _is_followed(type(held)):
                self.put(held, UNKNOWN if new is UNKNOWN else held_by(new, name), depth + 1)

    def _keep(self, ready: Any, new: Any) -> None:
        self.pairs[id(ready)] = new
        # An identity must not be used again.
        self._kept.append(ready)


def _is_followed(kind: type) -> bool:
    return is_written(kind) or holds_settings(kind)


def is_written(kind: type) -> bool:
    """Whether a class is the script's own, and made by nothing but an ``__init__`` that stands there."""
    # What is made without its class's knowledge must not be taken down by it either.
    is_plain = type(kind) is type and not any(vars(each).keys() & {"__new__", "__del__"} for each in kind.__mro__[:-1])
    made = maker(kind)
    return is_plain and made is not None and not is_generated(made) and user_function(made) is not None


def maker(kind: type) -> FunctionType | None:
    """The ``__init__`` of a class, its own or that of one above."""
    found = next((vars(each)["__init__"] for each in kind.__mro__ if "__init__" in vars(each)), None)
    return found if isinstance(found, FunctionType) else None


def blank(kind: type) -> Any:
    """An object of a class of the script before its ``__init__``; UNKNOWN where what it is made of is torch's."""
    is_model = issubclass(kind, nn.Module)
    if not is_written(kind) and not (is_model and maker(kind) is nn.Module.__init__ and type(kind) is type):
        return UNKNOWN
    if any(not is_written(each) and maker(each) not in (nn.Module.__init__, None) for each in kind.__mro__):
        # It is made by what is torch's, or another library's.
        return UNKNOWN
    new: Any = object.__new__(kind)
    if is_model:
        nn.Module.__init__(new)
    return new


def held_by(owner: Any, name: str) -> Any:
    """What an object holds under a name; UNKNOWN where it is not there."""
    held = vars(owner)
    for table in (held, *(held.get(each, {}) for each in ("_parameters", "_buffers", "_modules"))):
        if name in table:
            return table[name]
    return UNKNOWN


def hold(owner: Any, name: str, value: Any) -> None:
    """Give an object that was made anew something to hold; nothing under this name where it is not known."""
    for table in (vars(owner), *(vars(owner).get(each, {}) for each in ("_parameters", "_buffers", "_modules"))):
        table.pop(name, None)
    if name == "forward":
        # How it is called from now on is not followed.
        vars(owner)[name] = None
    if value is UNKNOWN or name == "forward":
        return
    if isinstance(owner, nn.Module):
        nn.Module.__setattr__(owner, name, value)
    else:
        vars(owner)[name] = value
